"""`cim address`: single addresses made, read, changed."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import show, show_rows

if TYPE_CHECKING:
    from api.cli._address_desk import Desk

Code = Annotated[str, typer.Argument(help="Address code, 16 digits.")]
Why = Annotated[str, typer.Option(help="Why, for the history of the address.")]
Who = Annotated[str, typer.Option(help="Who answers for it.", show_default="the user's name")]
Day = Annotated[str, typer.Option(help="Effective day, such as 2026-11-22.", show_default="today")]
Element = Annotated[
    list[str] | None,
    typer.Option("--element", help="TYPE=VALUE, such as road=文三路; instead of a text."),
]
InDivision = Annotated[
    str, typer.Option("--division", help="Code of the deepest division of the address.")
]
At = Annotated[
    str, typer.Option(help="Door: LON,LAT or LON,LAT,HEIGHT in degrees CGCS2000 and metres.")
]
Storey = Annotated[int | None, typer.Option(help="Storey the address is on.")]
Footprint = Annotated[str, typer.Option(help="Entity id whose footprint holds the door.")]
Links = Annotated[
    list[str] | None,
    typer.Option("--link", help="ENTITY or ENTITY:auxiliary: what has the address."),
]
Version = Annotated[
    int | None, typer.Option(help="Refuse when the address has another version by now.")
]
Json = Annotated[bool, typer.Option("--json", help="One line of JSON on a terminal too.")]


def desk_of(workspace: "Workspace") -> "Desk":
    """The registry of a workspace; names of places are slow to read."""
    from api.cli._address_desk import Desk  # noqa: PLC0415 - as said

    return Desk(workspace)


def show_address(
    code: Code,
    *,
    on: Annotated[str, typer.Option(help="As of the end of this day.")] = "",
    json: Json = False,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Show an address: text, elements, place, status, and what replaced a retired one.

    Example: cim address show 3301060000000018 --on 2024-06-01 -w city
    """
    show(desk_of(workspace).show(code, on), json=json)


def find(  # noqa: PLR0913 - each argument is an option a user knows by its name
    text: Annotated[str, typer.Argument(help="An address or part of one; old names count.")] = "",
    *,
    prefix: Annotated[str, typer.Option(help="Beginning of the standard text.")] = "",
    element: Annotated[str, typer.Option(help="Code of an element the address names.")] = "",
    bbox: Annotated[str, typer.Option(help="west,south,east,north, degrees CGCS2000.")] = "",
    status: Annotated[str, typer.Option(help="draft, valid or retired.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """List the addresses that meet all conditions.

    Example: cim address find 西湖区文三路259号 -w city
    """
    query = {
        "text": text,
        "prefix": prefix,
        "element": element,
        "bbox": bbox,
        "status": status,
    }
    show_rows(desk_of(workspace).find(query, limit))


def create(  # noqa: PLR0913 - each argument is an option a user knows by its name
    text: Annotated[str, typer.Argument(help="The address as it is written.")] = "",
    *,
    why: Why,
    who: Who = "",
    element: Element = None,
    division: InDivision = "",
    at: At = "",
    storey: Storey = None,
    footprint: Footprint = "",
    link: Links = None,
    draft: Annotated[bool, typer.Option("--draft", help="Not valid yet.")] = False,
    day: Day = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Make an address; its text is written from its elements, its code is permanent.

    Example: cim address create 西湖区文三路259号 --division 330106 --why 新建 -w city
    """
    from addressing.model import Status  # noqa: PLC0415 - names of places are slow to read
    from api.cli._address_desk import By, Wanted  # noqa: PLC0415 - as above

    wanted = Wanted(text, element or (), division, at, storey, footprint, link or ())
    status = Status.DRAFT if draft else Status.VALID
    show(desk_of(workspace).create(wanted, status, By.of(who, why, day)))


def correct(  # noqa: PLR0913 - each argument is an option a user knows by its name
    code: Code,
    text: Annotated[str, typer.Argument(help="The address as it should be.")] = "",
    *,
    why: Why,
    who: Who = "",
    element: Element = None,
    division: InDivision = "",
    at: At = "",
    storey: Storey = None,
    footprint: Footprint = "",
    link: Links = None,
    valid: Annotated[bool, typer.Option("--valid", help="Make a draft valid.")] = False,
    version: Version = None,
    day: Day = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Give an address other elements, another place, other links; its code stays.

    What is not named stays as it is. What it was is kept and can be asked for by day.

    Example: cim address correct 3301060000000018 西湖区文三路261号 --why 门牌更正 -w city
    """
    from api.cli._address_desk import By, Wanted  # noqa: PLC0415 - names are slow to read

    wanted = Wanted(text, element or (), division, at, storey, footprint, link or ())
    by = By.of(who, why, day)
    show(desk_of(workspace).correct(code, wanted, by, valid=valid, version=version))


def retire(
    code: Code,
    *,
    why: Why,
    who: Who = "",
    version: Version = None,
    day: Day = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Retire an address; its code still answers, and its text is free for another.

    Example: cim address retire 3301060000000018 --why 房屋拆除 -w city
    """
    from api.cli._address_desk import By  # noqa: PLC0415 - names of places are slow to read

    show(desk_of(workspace).retire(code, By.of(who, why, day), version))


def replace(  # noqa: PLR0913 - each argument is an option a user knows by its name
    code: Code,
    *,
    by: Annotated[
        list[str] | None, typer.Option("--by", help="Code of an address that takes its place.")
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option("--text", help="Text of a new one that takes its place.")
    ] = None,
    division: InDivision = "",
    why: Why,
    who: Who = "",
    day: Day = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Retire an address and let others take its place: new ones, or some that are there.

    Example: cim address replace 3301060000000018 --text 西湖区文三路261号 --why 重编门牌 -w city
    """
    from api.cli._address_desk import By, Wanted  # noqa: PLC0415 - names are slow to read

    new = [Wanted(one, division=division) for one in text or ()]
    show(desk_of(workspace).replace(code, by or (), new, By.of(who, why, day)))


def history(
    code: Annotated[str, typer.Argument(help="Code of an address or of an element.")],
    *,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """List what happened to an address or an element, oldest first: what, when, who, why.

    Example: cim address history 3301060000000018 -w city
    """
    show_rows(desk_of(workspace).history(code))


def add_to(app: typer.Typer) -> None:
    """Add the commands to a noun."""
    app.command("show")(show_address)
    for command in (find, create, correct, retire, replace, history):
        app.command()(command)
