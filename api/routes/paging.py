"""Lists in pages: the parameters, and the links to the pages beside."""

from typing import Annotated

from fastapi import Query

from api.schemas.common import LinkOut
from cim.model_records import Page

MOST = 1_000

type Limit = Annotated[int, Query(ge=1, le=MOST, description="Most entries on the page")]
type Offset = Annotated[int, Query(ge=0, le=2**31, description="Entries to skip")]


def page_links(path: str, page: Page, total: int) -> list[LinkOut]:
    """Links to this page and those before and after it."""
    links = [LinkOut(rel="self", href=_address(path, page.limit, page.offset), title="page")]
    if page.offset + page.limit < total:
        after = page.offset + page.limit
        links.append(LinkOut(rel="next", href=_address(path, page.limit, after), title="next"))
    if page.offset > 0:
        before = max(0, page.offset - page.limit)
        links.append(LinkOut(rel="prev", href=_address(path, page.limit, before), title="prev"))
    return links


def _address(path: str, limit: int, offset: int) -> str:
    return f"{path}?limit={limit}&offset={offset}"
