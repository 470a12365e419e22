"""What the page of a layer says about it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from api.ogc import crs as systems
from api.ogc import offers
from api.ogc import parameters as params
from api.ogc.html.items_page import text_of
from api.ogc.html.listing import theme_title
from api.ogc.html.words import WORDS, class_title, geometry_title, type_title
from api.ogc.words import WORDS as COMMON
from api.ogc.words import field_title
from cim.catalog import SYSTEM_FIELDS, Field, Layer

DIGITS = 6
"""Decimals of degrees in texts, about 0.1 m."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line about a layer."""

    title: str
    value: str
    note: str = ""
    """Said in small letters behind it."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A line about a field."""

    name: str
    title: str
    type: str
    unit: str
    is_queryable: bool
    is_system: bool


def facts(layer: Layer, language: str) -> tuple[Fact, ...]:
    """What is known of where the layer comes from and what it holds."""
    return tuple(fact for fact in _facts(layer, language) if fact.value)


def _facts(layer: Layer, language: str) -> Iterator[Fact]:
    words, common = WORDS[language], COMMON[language]
    yield Fact(common["class"], class_title(layer.class_code, language), layer.class_code)
    yield Fact(
        words["geometry_type"], geometry_title(layer.geometry_type, language), layer.geometry_type
    )
    yield Fact(common["count"], f"{layer.item_count:,}")
    yield Fact(common["authority"], layer.authority or "–")
    yield Fact(common["steward"], layer.steward or "–")
    yield Fact(common["licence"], layer.licence or "–")
    yield Fact(common["source_date"], layer.source_date or "–")
    yield Fact(words["theme"], theme_title(layer.theme, language), layer.theme)
    yield Fact(words["update_cycle"], layer.update_cycle)
    yield Fact(words["updated"], layer.updated)
    yield Fact(words["keywords"], ", ".join(layer.keywords))
    yield Fact(words["attribution"], layer.attribution)
    yield Fact(words["classification"], words.get(layer.classification, layer.classification))
    yield Fact(common["extent"], extent_text(layer))
    yield Fact(common["storage_crs"], layer.crs)
    yield Fact(words["version"], str(layer.version))


@dataclass(frozen=True, slots=True)
class Measure:
    """A share that was measured, as it is drawn."""

    title: str
    percent: float


def quality(layer: Layer, language: str) -> tuple[Measure, ...]:
    """What was measured of the layer's quality; nothing where nothing was."""
    if layer.quality is None:
        return ()
    words, found = WORDS[language], layer.quality
    shares = {words["validity"]: found.valid, words["completeness"]: found.complete}
    return tuple(Measure(title, round(share * 100, 1)) for title, share in shares.items())


def description(layer: Layer, language: str) -> str:
    """What the layer is, in words; the other language's where there is none."""
    texts = (layer.description_zh, layer.description_en)
    first, second = texts if language == "zh" else texts[::-1]
    return first or second


def extent_text(layer: Layer) -> str:
    """Bounds as west, south – east, north."""
    if layer.bounds is None:
        return "–"
    west, south, east, north = (str(round(value, DIGITS)) for value in layer.bounds)
    return f"{west}, {south} – {east}, {north}"


def map_label(layer: Layer, title: str, language: str) -> str:
    """What the map says to those who do not see it."""
    if layer.bounds is None:
        return title
    degrees = (f"{value:.4f}" for value in layer.bounds)
    return WORDS[language]["map_of_layer"].format(title, *degrees)


def fields(layer: Layer, language: str) -> tuple[FieldRow, ...]:
    """The fields, the source's own before those that every layer has."""
    names = frozenset(params.filterable(layer))
    rows = [_row(field, language, is_queryable=field.name in names) for field in layer.fields]
    return tuple(sorted(rows, key=lambda row: row.is_system))


def _row(field: Field, language: str, *, is_queryable: bool) -> FieldRow:
    return FieldRow(
        field.name,
        field_title(field, language),
        type_title(field.type, language),
        field.unit,
        is_queryable,
        field.name in SYSTEM_FIELDS,
    )


def files(language: str) -> tuple[tuple[str, str, bool], ...]:
    """Name, title and whether it comes in pages of each format that a layer is offered in."""
    offered = offers.formats().items()
    return tuple((name, one.titles[language], one.is_paged) for name, one in offered)


def system_rows(layer: Layer) -> tuple[tuple[str, str, bool], ...]:
    """Code, URI and whether it is the storage CRS of each system the layer is offered in."""
    offered = systems.supported(layer)
    return tuple((str(one), one.uri, str(one) == layer.crs) for one in offered)


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A line about a feature."""

    name: str
    title: str
    value: str | None
    unit: str
    is_system: bool


def values(
    layer: Layer, names: Sequence[str], properties: Mapping[str, object], language: str
) -> tuple[ValueRow, ...]:
    """The values of a feature, in the order of the names."""
    fields = {field.name: field for field in layer.fields}
    return tuple(
        ValueRow(
            name,
            field_title(fields[name], language),
            text_of(properties.get(name)),
            fields[name].unit,
            name in SYSTEM_FIELDS,
        )
        for name in names
    )
