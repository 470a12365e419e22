"""Addresses: from a text to its elements."""

from typing import Annotated

from fastapi import APIRouter, Query

from addressing.cities import AUTO, CityReader
from addressing.report import report
from addressing.resources import profile_names
from addressing.text import LONGEST
from api.errors import ParameterError, TooLargeError
from api.schemas.addresses import AddressesOut, AddressesToRead, AddressOut

MOST_ROWS = 10_000

type Text = Annotated[
    str, Query(alias="address", max_length=LONGEST, description="地址文本 / Address as written")
]
type Profile = Annotated[
    str, Query(max_length=40, description="城市规则，auto 自动选择 / City profile, or auto")
]
type Division = Annotated[
    list[str],
    Query(alias="division", description="所在行政区划代码 / Division the address lies in"),
]


def router() -> APIRouter:
    """Routes over the address parser."""
    routes = APIRouter(prefix="/api/addresses", tags=["Addresses"])

    @routes.get("/parse", summary="地址解析 / Elements of an address")
    def parse(text: Text, profile: Profile = AUTO, division: Division = []) -> AddressOut:  # noqa: B006 - FastAPI copies it
        reader = reader_of(profile, division)
        return _read(reader, text)

    @routes.post("/parse", summary="批量地址解析 / Elements of many addresses")
    def parse_many(body: AddressesToRead) -> AddressesOut:
        if len(body.address) > MOST_ROWS:
            raise TooLargeError(f"{len(body.address)} addresses, at most {MOST_ROWS} in a request")
        reader = reader_of(body.profile, body.division)
        return AddressesOut(addresses=[_read(reader, text) for text in body.address])

    return routes


def reader_of(profile: str, division: list[str]) -> CityReader:
    """The reader that a request asks for.

    Raises:
        ParameterError: The profile or a division code is not legal.
    """
    known = (AUTO, *profile_names())
    if profile not in known:
        raise ParameterError("profile", f"{profile!r} is unknown; known: {', '.join(known)}")
    for code in division:
        if not code.isascii() or not code.isdecimal() or len(code) not in _CODE_LENGTHS:
            raise ParameterError("division", f"{code!r}; legal: 2, 4, 6, 9 or 12 digits")
    return CityReader(profile, tuple(division))


_CODE_LENGTHS = (2, 4, 6, 9, 12)


def _read(reader: CityReader, text: str) -> AddressOut:
    """The answer for one address; what is odd about it is told, not refused."""
    found, parser = reader.read(text)
    return AddressOut.from_report(report(found, parser))
