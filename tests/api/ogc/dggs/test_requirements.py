"""The requirements of OGC 21-038r1 that are declared as met, and the tests that show it."""

import importlib
from collections.abc import Mapping

import pytest
from starlette.testclient import TestClient

from tests.api.ogc.dggs.asking import get

SPEC = "https://www.opengis.net/spec/ogcapi-dggs-1/1.0/conf"
CORE, QUERY, DATA, PAGES = "test_core", "test_zone_query", "test_zone_data", "test_pages"

REQUIREMENTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "/req/core/dggrs-list": (
        (CORE, "test_the_list_names_every_system_with_its_links"),
        (CORE, "test_the_landing_page_and_the_collections_lead_to_the_grids"),
    ),
    "/req/core/dggrs-description": (
        (CORE, "test_a_system_describes_itself"),
        (CORE, "test_the_definition_follows_annex_b"),
    ),
    "/req/core/zone-info": (
        (CORE, "test_a_zone_tells_what_the_grid_knows"),
        (CORE, "test_malformed_ids_are_not_unknown_ones"),
    ),
    "/req/root-dggs/dggs": (
        (CORE, "test_the_landing_page_and_the_collections_lead_to_the_grids"),
        (CORE, "test_every_origin_leads_back_to_its_data"),
        (DATA, "test_the_root_has_the_data_of_all_layers"),
    ),
    "/req/collection-dggs/dggs": (
        (CORE, "test_the_landing_page_and_the_collections_lead_to_the_grids"),
        (CORE, "test_every_origin_leads_back_to_its_data"),
    ),
    "/req/zone-query/zones-list": (
        (QUERY, "test_the_root_lists_the_cells_that_cover_a_box"),
        (QUERY, "test_a_layer_lists_the_zones_that_hold_its_features"),
        (QUERY, "test_the_form_is_negotiated"),
    ),
    "/req/zone-query/json-response": (
        (QUERY, "test_the_root_lists_the_cells_that_cover_a_box"),
        (QUERY, "test_a_layer_lists_the_zones_that_hold_its_features"),
    ),
    "/req/zone-query/zone-level": (
        (QUERY, "test_the_root_lists_the_cells_that_cover_a_box"),
        (QUERY, "test_without_a_level_the_finest_usual_one_is_taken"),
        (QUERY, "test_compact_lists_stand_for_the_same_zones"),
    ),
    "/req/zone-query/compact-zones": (
        (QUERY, "test_compact_lists_stand_for_the_same_zones"),
        (QUERY, "test_the_globe_is_compacted_to_the_coarsest_level"),
    ),
    "/req/zone-query/parent-zone": (
        (QUERY, "test_a_parent_zone_bounds_the_list"),
        (QUERY, "test_a_compact_list_below_a_zone_is_the_zone"),
        (QUERY, "test_box_and_parent_zone_hold_together"),
    ),
    "/req/zone-query/bbox": (
        (QUERY, "test_the_root_lists_the_cells_that_cover_a_box"),
        (QUERY, "test_heights_of_a_box_select_nothing"),
        (QUERY, "test_a_box_may_cross_the_antimeridian"),
        (QUERY, "test_a_box_may_hold_a_pole"),
    ),
    "/req/zone-query/bbox-crs": (
        (QUERY, "test_latitude_comes_first_where_the_crs_says_so"),
        (QUERY, "test_the_crs_of_no_box_is_ignored"),
        (QUERY, "test_a_projected_store_has_the_same_zones"),
    ),
    "/req/zone-query/subset": (
        (QUERY, "test_a_subset_is_a_box"),
        (QUERY, "test_an_axis_may_be_open_or_a_point"),
        (QUERY, "test_a_box_may_cross_the_antimeridian"),
        (QUERY, "test_parameters_that_do_not_go_together_are_refused"),
        (QUERY, "test_what_is_not_understood_is_refused_by_name"),
    ),
    "/req/zone-query/subset-crs": (
        (QUERY, "test_a_subset_is_a_box"),
        (QUERY, "test_eastings_are_axes_of_projected_systems"),
        (QUERY, "test_the_crs_of_no_box_is_ignored"),
    ),
    "/req/zone-query/datetime": ((QUERY, "test_time_selects_zones_with_data_of_that_time"),),
    "/req/zone-geojson/content": (
        (QUERY, "test_zones_are_features_too"),
        (QUERY, "test_gdal_reads_the_zones"),
    ),
    "/req/zone-html/content": ((PAGES, "test_the_page_of_zones_lists_them_all"),),
    "/req/zone-uint64/content": ((QUERY, "test_zones_come_as_64_bit_integers"),),
    "/req/data-retrieval/zone-data": (
        (DATA, "test_values_are_those_of_the_aggregation_by_cell"),
        (DATA, "test_the_default_depth_is_the_one_that_is_declared"),
        (DATA, "test_a_zone_with_data_links_to_it"),
        (CORE, "test_a_system_describes_itself"),
    ),
    "/req/data-subsetting/subset": (
        (DATA, "test_time_selects_the_features_of_that_time"),
        (DATA, "test_axes_of_the_grid_are_no_subset_of_zone_data"),
    ),
    "/req/data-subsetting/datetime": ((DATA, "test_time_selects_the_features_of_that_time"),),
    "/req/data-subsetting/properties": (
        (DATA, "test_properties_are_those_asked_for_in_that_order"),
        (DATA, "test_unknown_properties_are_refused"),
    ),
    "/req/data-subsetting/exclude-properties": (
        (DATA, "test_properties_are_those_asked_for_in_that_order"),
        (DATA, "test_unknown_properties_are_refused"),
        (DATA, "test_only_one_of_properties_and_exclude_properties_is_legal"),
    ),
    "/req/data-custom-depths/zone-depth": (
        (DATA, "test_depths_are_given_as_asked"),
        (DATA, "test_values_are_those_of_the_aggregation_by_cell"),
    ),
    "/req/data-json/content": (
        (DATA, "test_values_are_those_of_the_aggregation_by_cell"),
        (DATA, "test_sub_zones_are_in_the_order_of_the_zone_list"),
        (DATA, "test_depths_are_given_as_asked"),
    ),
    "/req/data-geojson/content": (
        (DATA, "test_features_of_a_zone_are_given_as_they_are"),
        (DATA, "test_zones_with_data_are_features"),
    ),
    "/req/operation-ids/operation-ids": ((PAGES, "test_operations_have_the_ids_of_the_standard"),),
}
"""Requirement by requirement, module and test."""


def test_the_classes_declared_are_those_with_tests(client: TestClient) -> None:
    classes = get(client, "/ogc/conformance")["conformsTo"]
    declared = {uri.removeprefix(f"{SPEC}/") for uri in classes if uri.startswith(SPEC)}
    assert declared == {requirement.split("/")[2] for requirement in REQUIREMENTS}


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_every_requirement_has_its_tests(requirement: str) -> None:
    for module, name in REQUIREMENTS[requirement]:
        tests = importlib.import_module(f"tests.api.ogc.dggs.{module}")
        assert callable(getattr(tests, name, None)), f"{module}.{name}"
