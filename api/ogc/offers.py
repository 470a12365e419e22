"""The formats of features that are offered: their names in `f=`, media types and links."""

import functools
from collections.abc import Mapping
from types import MappingProxyType

from api.ogc.formats.base import Format, Links
from api.ogc.links import GEOJSON, HTML, link
from cim import plugins

PACKAGE = "api.ogc.formats"
PAGE_OF_GEOJSON = "geojson"
"""The format whose pages `api.ogc.items` makes; `json` is another name for it."""

FG_PROFILE = "http://www.opengis.net/def/profile/OGC/0/jsonfg"
"""By which clients of OGC API - Features 1.1 find JSON-FG."""


@functools.cache
def formats() -> Mapping[str, Format]:
    """All formats by name."""
    known = {name: plugins.load(name, PACKAGE) for name in plugins.names(PACKAGE)}
    return MappingProxyType(known)


@functools.cache
def media_types() -> Mapping[str, str]:
    """Media type of each format by name, GeoJSON first."""
    others = {name: each.media_type for name, each in formats().items()}
    return MappingProxyType({PAGE_OF_GEOJSON: GEOJSON, **others})


def of_suffix(name: str) -> str | None:
    """The format of a file's name, None when none has such a suffix."""
    matching = [key for key, each in formats().items() if name.lower().endswith(each.suffix)]
    return max(matching, key=lambda key: len(formats()[key].suffix), default=None)


def items_links(items: str) -> Links:
    """Links of a collection to its features in every form, GeoJSON first."""
    forms = {"": GEOJSON, "html": HTML} | {
        name: media for name, media in media_types().items() if name != PAGE_OF_GEOJSON
    }
    return [_profiled(link("items", _with_form(items, form), forms[form])) for form in forms]


def other_forms(page: str, whole: str, form: str, language: str) -> Links:
    """Links of a page to its other forms, and to files with all that it is a page of.

    Args:
        page: URL of the page, without `f`.
        whole: URL of everything that is selected, without `f`.
        form: Name of the form of the page.
        language: Of the titles.
    """
    page += "&f=" if "?" in page else "?f="
    whole += "&f=" if "?" in whole else "?f="
    alternates, files = _others(form, language)
    return [
        *({**said, "href": page + name} for name, said in alternates),
        *({**said, "href": whole + name} for name, said in files),
    ]


type _Said = tuple[tuple[str, Mapping[str, str]], ...]


@functools.cache
def _others(form: str, language: str) -> tuple[_Said, _Said]:
    """Links without addresses, by name of their form: of other pages, and of files.

    Every page of items has them, so they are made once.
    """
    pages = {"html": HTML} | {n: f.media_type for n, f in formats().items() if f.is_paged}
    files = [(name, each) for name, each in formats().items() if not each.is_paged]
    return (
        tuple((n, _profiled(link("alternate", "", m))) for n, m in pages.items() if n != form),
        tuple((n, link("enclosure", "", f.media_type, f.titles[language])) for n, f in files),
    )


def _profiled(made: dict[str, str]) -> dict[str, str]:
    """The link, with its profile where its media type has one."""
    return made | {"profile": FG_PROFILE} if made["type"].endswith(".fg+json") else made


def _with_form(url: str, form: str) -> str:
    if not form:
        return url
    return f"{url}{'&' if '?' in url else '?'}f={form}"
