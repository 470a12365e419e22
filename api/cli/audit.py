"""`cim audit`: who did what."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import show, show_rows
from api.security.desk import open_trail
from api.settings import load_settings
from cim.audit import AuditQuery, StoredRecord
from cim.errors import InputError

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def audit() -> None:
    """The audit trail: every write, every read of restricted data."""


@app.command("list")
def list_records(  # noqa: PLR0913 - each is an option
    *,
    since: Annotated[str, typer.Option(help="Only from this day or time on (ISO 8601).")] = "",
    until: Annotated[str, typer.Option(help="Only before this day or time.")] = "",
    who: Annotated[str, typer.Option(help="Only of this person or program.")] = "",
    layer: Annotated[str, typer.Option(help="Only of this layer.")] = "",
    action: Annotated[str, typer.Option(help="Only this: read, update, publish …")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Most records.")] = 100,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Records, the latest first.

    Example: cim audit list --since 2026-11-01 --layer pipes -w city
    """
    load_settings(workspace)
    query = AuditQuery(_time(since), _time(until), who, layer, action, limit=limit)
    show_rows(_shown(one) for one in open_trail(workspace).read(query))


@app.command("verify")
def verify_trail(workspace: Workspace = CURRENT_FOLDER) -> None:
    """Check that no record was changed or taken out since it was written.

    Keep number and digest elsewhere: records cut off at the end show only against them.

    Example: cim audit verify -w city
    """
    load_settings(workspace)
    count, chain = open_trail(workspace).verify()
    show({"records": count, "digest": chain.hex()})


def _shown(one: StoredRecord) -> dict[str, object]:
    record = asdict(one.record)
    return {"number": one.number, "at": record.pop("at"), **record}


def _time(text: str) -> str:
    """A time as the trail has it.

    Raises:
        InputError: It is none.
    """
    if not text:
        return ""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r}; legal: a day or time such as 2026-11-01T08:00:00Z") from None
    return text
