"""The `cim` command: nouns are imported when they are used, so that `cim --help` is quick."""

import importlib
import sys
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from api.cli._recording import record
from cim.errors import CimError, ConfigError

NOUNS: Final = {
    "demo": "Make a sample city with everything in it, and serve it.",
    "init": "Make a new workspace: one folder is one city.",
    "load": "Read a source file into a layer, with entity ids and grid codes.",
    "layer": "The catalogue: list, publish, describe, measure, export, retire layers.",
    "grid": "Grid codes: BeiDou, GeoSOT, H3.",
    "division": "Administrative divisions: one with its past, newer editions.",
    "address": "Addresses: take them apart, keep them in the registry, change them.",
    "geocode": "The geocoder: from text to places and back.",
    "entity": "One entity: codes, attributes, place.",
    "bim": "Building models (IFC): check, clash, what is in them.",
    "tiles": "3D Tiles: build, look into, check.",
    "key": "API keys: make, list, revoke.",
    "audit": "The audit trail: who did what.",
    "serve": "Run the server.",
    "doctor": "Check the installation and the workspace, and say what to do.",
}
"""Command and its one line of help; the file `api/cli/<command>.py` holds its `app`."""


class LazyGroup(TyperGroup):
    """A group that imports a command's file only when that command runs."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer's own
        """Names in the order in which a new user meets them."""
        del ctx
        return list(NOUNS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - typer's own
        """A stand-in with name and help line, enough for lists."""
        del ctx
        return TyperCommand(name=cmd_name, help=NOUNS[cmd_name]) if cmd_name in NOUNS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - typer's own
        """The real command of the first argument."""
        name, stand_in, rest = super().resolve_command(ctx, args)
        if name is None or stand_in is None:
            return name, stand_in, rest
        module = importlib.import_module(f"api.cli.{name}")
        return name, typer.main.get_command(module.app), rest


app = typer.Typer(cls=LazyGroup, add_completion=False, no_args_is_help=True)


@app.callback()
def cim() -> None:
    """cim-server: the spatial core of a city's digital twin. 时空一张图.

    Example: cim init city; cim load buildings.shp --layer buildings -w city; cim serve -w city
    """


def main() -> None:
    """Run the command; a user's mistake is one line and exit 1, wrong configuration exit 2.

    What changes a workspace is put into its audit trail.
    """
    code = _run()
    try:
        record(sys.argv[1:], code)
    except CimError as error:
        code = _say(error, code or 1)
    sys.exit(code)


def _run() -> int:
    """Exit code of the command."""
    try:
        code = typer.main.get_command(app).main(prog_name="cim", standalone_mode=False)
    except ConfigError as error:
        code = _say(error, 2)
    except CimError as error:
        code = _say(error, 1)
    except typer.Abort:
        code = 130
    except BrokenPipeError:
        sys.stderr.close()
        code = 141
    except typer.TyperException as error:
        code = _say(_usage(error), 1) if error.format_message() else 0
    return code if isinstance(code, int) else 0


def _say(message: object, code: int) -> int:
    print(f"cim: {' '.join(str(message).split())}", file=sys.stderr)
    return code


def _usage(error: typer.TyperException) -> str:
    """One line for a wrong option or argument."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "cim"
    return f"{error.format_message().rstrip('.')}; see: {path} --help"


if __name__ == "__main__":
    main()
