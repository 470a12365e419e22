"""Jobs that make tilesets: start, watch, cancel."""

import asyncio
import re
from pathlib import Path
from typing import Any

import anyio.to_thread
import orjson
from fastapi import APIRouter
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.errors import ParameterError, QueueFullError, UnsupportedMediaError
from api.jobs import building
from api.jobs.receiving import Received, receive, too_large
from api.jobs.sources import model_files
from api.jobs.store import ENDED, Job, JobStore, new_id
from api.routes.writers import require_writer
from api.schemas.jobs import TILESET_NAME, JobList, JobOut, TilesetOptions, TilesetRequest
from api.settings import JobSettings
from cim.errors import ConflictError
from cim.store.base import Store

LONGEST_JSON = 1 << 20
JOBS = "/api/jobs"

BODIES = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": TilesetRequest.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "Model files, what belongs to them, or zip files",
                        },
                        "name": {
                            "type": "string",
                            "pattern": TILESET_NAME,
                            "description": "Name of the tileset; else that of the first file",
                        },
                        "options": TilesetOptions.model_json_schema(),
                    },
                }
            },
        },
    }
}

PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"description": "A field is not legal"},
    403: {"description": "The settings do not let this client write"},
    413: {"description": "Larger than jobs.max_upload_mb"},
    415: {"description": "Neither JSON nor multipart/form-data"},
    422: {"description": "No model in the upload, or a zip file that is not safe"},
    429: {"description": "As many jobs wait as may wait"},
}


class Desk:
    """Takes requests for tilesets in.

    Args:
        workspace: The workspace.
        settings: What `[jobs]` says.
        store: Its store.
    """

    def __init__(self, workspace: Path, settings: JobSettings, store: Store) -> None:
        self.jobs = JobStore(workspace / "index")
        self.settings = settings
        self._uploads = workspace / "index" / building.UPLOADS
        self._store = store
        self._most_bytes = int(settings.max_upload_mb * 1e6)

    async def take(self, request: Request) -> Job:
        """The new job that a request asks for."""
        require_writer(request, self.settings.writes)
        await anyio.to_thread.run_sync(self._require_room)
        kind, _, _ = request.headers.get("content-type", "").lower().partition(";")
        if kind.strip() == "application/json":
            asked = await _json_body(request)
            return await anyio.to_thread.run_sync(self._of_layer, asked)
        if kind.strip() == "multipart/form-data":
            return await self._of_files(request)
        raise UnsupportedMediaError(
            f"Content-Type {kind!r}; legal: application/json, multipart/form-data"
        )

    def cancel(self, request: Request, job_id: str) -> Job:
        """Ask for the end of a job.

        Raises:
            ConflictError: It has ended.
        """
        require_writer(request, self.settings.writes)
        before = self.jobs.get(job_id)
        if before.state in ENDED:
            raise ConflictError(f"job {job_id} has {before.state} already")
        job = self.jobs.cancel(job_id)
        if job.state in ENDED:
            building.remove(self._uploads / job_id)
        return job

    def _require_room(self) -> None:
        waiting = self.jobs.waiting()
        if waiting >= self.settings.queue:
            raise QueueFullError(f"{waiting} jobs wait already; legal: {self.settings.queue}")

    def _of_layer(self, asked: TilesetRequest) -> Job:
        self._store.layer(asked.layer)
        request = building.request_of(asked.layer, [], asked.options.given())
        limit = self.settings.queue
        return self.jobs.add(new_id(), asked.name or asked.layer, request, limit=limit)

    async def _of_files(self, request: Request) -> Job:
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > self._most_bytes:
            raise too_large(self._most_bytes)
        job_id = new_id()
        folder = self._uploads / job_id
        boundary = re.search(r'boundary="?([^";,]+)', request.headers["content-type"])
        if boundary is None:
            raise ParameterError("Content-Type", "multipart/form-data without a boundary")
        try:
            await anyio.to_thread.run_sync(lambda: folder.mkdir(parents=True))
            received = await receive(
                request.stream(), boundary[1].strip().encode(), folder, self._most_bytes
            )
            return await anyio.to_thread.run_sync(self._of_received, job_id, folder, received)
        except (Exception, asyncio.CancelledError):
            building.remove(folder)
            raise

    def _of_received(self, job_id: str, folder: Path, received: Received) -> Job:
        unknown = sorted(received.fields.keys() - {"name", "options"})
        if unknown:
            raise ParameterError(unknown[0], "unknown; legal: file, name, options")
        if not received.files:
            raise ParameterError("file", "is missing")
        name = received.fields.get("name") or _name_of(received.files[0])
        if not re.fullmatch(TILESET_NAME, name):
            raise ParameterError(
                "name", f"{name!r}; legal: a lower-case letter, then up to 62 of a-z, 0-9 and _"
            )
        options = _validated(
            TilesetOptions, received.fields.get("options", "{}").encode(), "options"
        )
        files = model_files(folder, received.files, self._most_bytes)
        request = building.request_of(None, files, options.given())
        return self.jobs.add(job_id, name, request, limit=self.settings.queue)


def router(desk: Desk, root_path: str) -> APIRouter:
    """Routes of jobs."""
    routes = APIRouter(tags=["3D Tiles"])

    @routes.post(
        "/api/tilesets",
        status_code=202,
        response_model=JobOut,
        summary="生成三维瓦片 / Make a tileset",
        responses=PROBLEMS,
        openapi_extra=BODIES,
    )
    async def make_tileset(request: Request) -> Response:
        """Make a tileset of a layer (JSON) or of uploaded files (multipart/form-data)."""
        job = await desk.take(request)
        headers = {"Location": f"{root_path}{JOBS}/{job.id}"}
        return JSONResponse(JobOut.from_job(job, root_path).model_dump(), 202, headers)

    @routes.get(JOBS, summary="任务列表 / Jobs")
    def read_jobs() -> JobList:
        return JobList(jobs=[JobOut.from_job(job, root_path) for job in desk.jobs.all()])

    @routes.get(f"{JOBS}/{{job_id}}", summary="任务 / A job")
    def read_job(job_id: str) -> JobOut:
        return JobOut.from_job(desk.jobs.get(job_id), root_path)

    @routes.delete(f"{JOBS}/{{job_id}}", summary="取消任务 / Cancel a job")
    def cancel_job(job_id: str, request: Request) -> JobOut:
        return JobOut.from_job(desk.cancel(request, job_id), root_path)

    return routes


async def _json_body(request: Request) -> TilesetRequest:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_JSON:
            raise too_large(LONGEST_JSON)
    return _validated(TilesetRequest, body, "body")


def _validated[T: BaseModel](model: type[T], text: bytes, where: str) -> T:
    """The model that a JSON text describes.

    Raises:
        ParameterError: It does not; the message names the field.
    """
    try:
        return model.model_validate(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise ParameterError(where, f"is not JSON: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or where
        raise ParameterError(field, f"{first['msg']}; got {str(first['input'])[:80]!r}") from None


def _name_of(file: str) -> str:
    """The name of a tileset after its file."""
    stem = file.partition(".")[0].lower()
    return re.sub(r"[^a-z0-9]+", "_", stem).strip("_")
