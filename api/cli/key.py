"""`cim key`: API keys, made and revoked."""

import getpass
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import say, show, show_rows
from api.security.keys import Key, KeyDraft, Keys
from api.settings import load_settings
from cim.errors import InputError

MOST_DAYS = 36_500

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def key() -> None:
    """API keys: who may see and change what is not public."""


@app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="Whose it is: a person, a program, a department.")],
    role: Annotated[list[str], typer.Option(help="What it may do; may be given several times.")],
    *,
    expires_days: Annotated[
        int | None, typer.Option(min=1, max=MOST_DAYS, help="Days for which it holds.")
    ] = None,
    expires: Annotated[str, typer.Option(help="Day on which it ends, YYYY-MM-DD (UTC).")] = "",
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Make a key. Its text is shown once, here, and kept nowhere.

    Example: cim key create planning-bureau --role steward --expires-days 365 -w city
    """
    from api.security.desk import role_names  # noqa: PLC0415 - loads much

    known = role_names(load_settings(workspace).access)
    for one in role:
        if one not in known:
            raise InputError(f"role {one!r} is not defined; there are: {', '.join(known)}")
    draft = KeyDraft(
        name, tuple(dict.fromkeys(role)), getpass.getuser(), _end(expires, expires_days)
    )
    made, text = Keys(workspace).create(draft)
    say("The key is shown this once; who has it may do what its roles allow.")
    show({"key": text, **_shown(made)})


@app.command("list")
def list_keys(workspace: Workspace = CURRENT_FOLDER) -> None:
    """All keys, without their secrets: roles, expiry, last use.

    Example: cim key list -w city
    """
    load_settings(workspace)
    show_rows(_shown(one) for one in Keys(workspace).all())


@app.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the key, see: cim key list.")],
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """End a key; the next request with it is refused.

    Example: cim key revoke k4m9x2w7qa -w city
    """
    load_settings(workspace)
    show(_shown(Keys(workspace).revoke(key_id)))


def _shown(one: Key) -> dict[str, object]:
    return {**asdict(one), "roles": list(one.roles)}


def _end(day: str, days: int | None) -> str | None:
    """When a key ends, None for never.

    Raises:
        InputError: Both are given, or the day is none.
    """
    if day and days is not None:
        raise InputError("--expires and --expires-days are both given; legal: one of them")
    if days is not None:
        return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    if not day:
        return None
    try:
        return f"{date.fromisoformat(day).isoformat()}T00:00:00Z"
    except ValueError:
        raise InputError(f"--expires {day!r}; legal: YYYY-MM-DD") from None
