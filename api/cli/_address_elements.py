"""`cim address`: elements renamed, merged and split, and the queue of doubles."""

from typing import Annotated, Literal

import typer

from api.cli._address_life import Day, InDivision, Who, Why, desk_of
from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import show, show_rows

Element = Annotated[
    str, typer.Argument(help="Code of the element: a division, a street, an estate.")
]


def rename(
    element: Element,
    name: Annotated[str, typer.Argument(help="The new name.")],
    *,
    why: Why,
    who: Who = "",
    day: Day = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Rename a street, an estate or a division; all its addresses are written anew.

    Codes stay; the old name still finds the addresses.

    Example: cim address rename 330106E000001 文三大道 --why 道路更名批复 -w city
    """
    from api.cli._address_desk import By  # noqa: PLC0415 - names of places are slow to read

    show(desk_of(workspace).rename(element, name, By.of(who, why, day)))


def merge(
    elements: Annotated[list[str], typer.Argument(help="Codes of the elements that end.")],
    *,
    into: Annotated[str, typer.Option(help="Code of the element that takes them in.")],
    why: Why,
    who: Who = "",
    day: Day = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Let elements become part of another one: districts, streets, estates.

    Addresses that have one text then go to the queue.

    Example: cim address merge 330103 --into 330105 --why 区划调整 --day 2021-04-09 -w city
    """
    from api.cli._address_desk import By  # noqa: PLC0415 - names of places are slow to read

    show(desk_of(workspace).merge(elements, into, By.of(who, why, day)))


def split(
    element: Element,
    *,
    part: Annotated[
        list[str],
        typer.Option(
            help="NAME:CODE=MEMBER,MEMBER; of each part. One may have no members: the rest."
        ),
    ],
    why: Why,
    who: Who = "",
    day: Day = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Split a division, a street or an estate into parts.

    Members are codes of divisions or addresses. Streets follow their addresses.

    Example: cim address split 330110 --part 临平区:330113=330110001 --part 余杭区:330114
    """
    from api.cli._address_desk import By  # noqa: PLC0415 - names of places are slow to read

    show(desk_of(workspace).split(element, part, By.of(who, why, day)))


def queue(
    *,
    every: Annotated[bool, typer.Option("--all", help="Decided ones too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """List the addresses that share a text with a valid one, with the evidence.

    Example: cim address queue -w city
    """
    show_rows(desk_of(workspace).queue(every=every, limit=limit))


def resolve(  # noqa: PLR0913 - each argument is an option a user knows by its name
    case: Annotated[int, typer.Argument(help="Number of the case in the queue.")],
    how: Annotated[
        Literal["same", "different", "merge", "split"],
        typer.Argument(help="What the two are."),
    ],
    *,
    text: Annotated[
        str, typer.Option(help="With different and split: what the draft should be.")
    ] = "",
    winner_text: Annotated[
        str, typer.Option(help="With split: what the valid address should be.")
    ] = "",
    division: InDivision = "",
    why: Why,
    who: Who = "",
    day: Day = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Decide about two addresses with one text.

    same: one door, the draft is retired. merge: as same, and the valid address takes over place,
    height and links that only the draft has. different: two doors, the draft gets another text.
    split: two doors, both get other texts.

    Example: cim address resolve 7 different --text 西湖区文三路259号乙 --why 现场核实 -w city
    """
    from api.cli._address_desk import By, Wanted  # noqa: PLC0415 - names are slow to read

    draft, winner = Wanted(text, division=division), Wanted(winner_text, division=division)
    by = By.of(who, why, day)
    show(desk_of(workspace).resolve(case, how, draft, winner, by))


def rekey(
    *,
    why: Why = "new version of the canonical form",
    who: Who = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Write the keys of all addresses anew after an update of the program that asks for it.

    Doubles that the better rules find go to the queue.

    Example: cim address rekey -w city
    """
    from api.cli._address_desk import By  # noqa: PLC0415 - names of places are slow to read

    show(desk_of(workspace).rekey(By.of(who, why, "")))


def add_to(app: typer.Typer) -> None:
    """Add the commands to a noun."""
    for command in (rename, merge, split, queue, resolve, rekey):
        app.command()(command)
