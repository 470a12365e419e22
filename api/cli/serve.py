"""`cim serve`: the server."""

import os
import socket
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from api.app import WORKSPACE_VARIABLE, app_from_env
from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import say
from api.settings import load_settings
from api.workspace import open_store
from cim.errors import InputError

STOP_S = 5
"""How long running answers may take when the server is told to stop."""

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    *,
    workspace: Workspace = CURRENT_FOLDER,
    host: Annotated[str, typer.Option(help="Address to listen on; else that of cim.toml.")] = "",
    port: Annotated[int | None, typer.Option(help="Port; else that of cim.toml.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; else those of cim.toml.")] = None,
) -> None:
    """Serve the workspace: map page, OGC API, 3D Tiles, REST.

    Example: cim serve -w city --port 8000
    """
    run(workspace, host=host, port=port, workers=workers)


def run(
    workspace: Path, *, host: str = "", port: int | None = None, workers: int | None = None
) -> None:
    """Serve until stopped.

    Raises:
        ConfigError: The workspace is not one.
        InputError: The address is taken or not this machine's.
    """
    settings = load_settings(workspace)
    server = settings.server
    processes = workers or server.workers
    host = host or server.host
    port = _free_port(host, server.port if port is None else port)
    os.environ[WORKSPACE_VARIABLE] = str(workspace.resolve())
    if processes > 1:
        open_store(workspace, settings).close()  # processes that fail are begun again for ever
    application = app_from_env() if processes == 1 else "api.app:app_from_env"
    say(
        f"{settings.city.title_zh} {settings.city.title_en}: http://{host}:{port}{server.root_path}/"
    )
    say("Ctrl+C stops.")
    uvicorn.run(
        application,
        factory=processes > 1,
        host=host,
        port=port,
        workers=processes,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=STOP_S,
        http="api.wire:LimitedProtocol",
    )


def _free_port(host: str, port: int) -> int:
    """The port, or a free one for 0.

    Raises:
        InputError: It cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(
                f"cannot listen on {host}:{port} ({error.strerror}); choose another with --port"
            ) from error
        return int(probe.getsockname()[1])
