"""`cim division`: administrative divisions, their names over time, newer editions."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import say, show, show_rows

if TYPE_CHECKING:
    from addressing.divisions import Division, Divisions

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def division() -> None:
    """Administrative divisions: one with its past, and newer editions of all."""


@app.command("show")
def show_division(
    code: Annotated[str, typer.Argument(help="Division code of 2, 4, 6, 9 or 12 digits.")],
    workspace: Workspace = CURRENT_FOLDER,
    *,
    json: Annotated[
        bool, typer.Option("--json", help="One line of JSON on a terminal too.")
    ] = False,
) -> None:
    """One division: path, other names, what took its place, what it took the place of, children.

    Example: cim division show 330105
    """
    known = _divisions(workspace, code)
    show(_report(known, known.get(code)), json=json)


@app.command("import")
def import_edition(
    source: Annotated[Path, typer.Argument(help="CSV with the columns code and name.")],
    *,
    day: Annotated[
        datetime,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Day from which the edition holds."),
    ],
    workspace: Workspace = CURRENT_FOLDER,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would change.")
    ] = False,
) -> None:
    """Read a newer edition of the divisions, tell what it changes, and keep it in the workspace.

    It may be of some provinces and levels only; of others nothing changes. Old names and codes
    stay findable. Codes that are gone and of which it tells no successor are listed as gone.

    Example: cim division import areas.csv --date 2025-01-01 -w city
    """
    from addressing import editions  # noqa: PLC0415 - tables of names are slow to read

    edition = editions.read_edition(source, day.date())
    known = _divisions(workspace, "")
    found = editions.difference(known, edition)
    newer = editions.renew(known, edition)
    rows: list[dict[str, Any]] = [editions.change_line(one, newer) for one in found.changes]
    told = {code for one in found.changes for code in one.successors}
    rows += [
        _line("added", newer.get(code), day.date()) for code in found.added if code not in told
    ]
    rows += [_line("gone", known.get(code), day.date()) for code in found.gone]
    kept = "nothing kept (dry run)" if dry_run else editions.keep(workspace, edition)
    show_rows(rows)
    say(f"{len(edition.divisions)} divisions, {len(rows)} differences; {kept}")


def _line(change: str, one: "Division", day: date) -> dict[str, Any]:
    """One row of what is new or gone."""
    return {"change": change, "code": one.code, "name": one.name, "to": [], "date": str(day)}


def _divisions(workspace: Path, code: str) -> "Divisions":
    """The divisions of a workspace, with villages when a code asks for one."""
    from addressing import editions  # noqa: PLC0415 - tables of names are slow to read
    from addressing.resources import load_divisions, load_villages  # noqa: PLC0415 - as above

    villages = len(code) >= len("330106001")
    known = load_villages([code[:6]]) if villages else load_divisions()
    return editions.with_editions(known, editions.editions_of(workspace))


def _report(known: "Divisions", one: "Division") -> dict[str, Any]:
    """A division as it is told."""
    from addressing.division_names import short_name  # noqa: PLC0415 - as above

    return {
        "code": one.code,
        "name": one.name,
        "type": one.kind,
        "short": short_name(one) or None,
        "path": [{"code": above.code, "name": above.name} for above in known.path(one.code)],
        "valid_until": str(one.validity.end) if one.validity.end else None,
        "other_names": [
            {
                "name": alias.name,
                "until": str(alias.validity.end) if alias.validity.end else None,
                "reason": alias.reason,
            }
            for alias in one.aliases
        ],
        "today": [
            {"code": now.code, "name": now.name}
            for now in known.current(one.code)
            if now.code != one.code
        ],
        "came_from": [
            {"code": old.code, "name": old.name, "until": str(old.validity.end)}
            for old in known.by_code.values()
            if one.code in old.successors
        ],
        "children": [
            {"code": child.code, "name": child.name}
            for child in known.children(one.code)
            if not child.successors
        ],
    }
