"""Servers that `bench_serving` compares with, one worker of uvicorn each.

Run as `peer_static.py KIND FOLDER PORT`. KIND `files`: Starlette's StaticFiles over the folder.
KIND `memory`: the same bytes for every request, out of memory: what server and loopback give.
"""

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send


def constant(body: bytes) -> ASGIApp:
    """An application that answers everything with the same bytes."""
    headers = [
        (b"content-type", b"model/gltf-binary"),
        (b"content-length", str(len(body)).encode()),
    ]

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return app


def app_of(kind: str, folder: Path) -> ASGIApp:
    """The application of a kind."""
    if kind == "files":
        return Starlette(routes=[Mount("/", StaticFiles(directory=folder))])
    sizes = sorted((path.stat().st_size, path) for path in folder.rglob("*.glb"))
    return constant(sizes[len(sizes) // 2][1].read_bytes())


if __name__ == "__main__":
    uvicorn.run(
        app_of(sys.argv[1], Path(sys.argv[2])),
        port=int(sys.argv[3]),
        log_level="warning",
        access_log=False,
        lifespan="off",
    )
