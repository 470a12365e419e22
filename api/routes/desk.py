"""Requests for long work: taken in, checked, and put into the queue."""

import asyncio
import functools
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from addressing.importing.mapping import to_mapping
from api.batch.base import SUFFIXES
from api.batch.columns import address_columns, place_columns
from api.batch.reading import open_rows
from api.errors import ParameterError, QueueFullError, UnsupportedMediaError
from api.jobs import building
from api.jobs.receiving import Received, receive, too_large
from api.jobs.sources import model_files, register_files
from api.jobs.store import ENDED, SUCCEEDED, Job, JobStore, new_id, no_job
from api.numerals import exceeds
from api.schemas.geocoding import TableOptions
from api.schemas.imports import ImportRequestOptions
from api.schemas.jobs import TILESET_NAME, TilesetOptions, TilesetRequest
from api.schemas.loads import LoadRequestOptions
from api.security.sight import Sight, current_key, sight_of
from api.settings import JobSettings
from api.writers import ANY, require_writer
from cim.errors import ConflictError, InputError, NotFoundError
from cim.layer_rules import check_layer_name
from cim.store.base import Store

LONGEST_JSON: Final = 1 << 20
MULTIPART: Final = "multipart/form-data"

type MakeJob = Callable[[str, Path, Received], Job]
"""Makes a job of its id, the folder of its upload, and what came."""


class Desk:
    """Takes requests for tilesets, loads and imports in.

    Args:
        workspace: The workspace.
        settings: What `[jobs]` says.
        store: Its store.
    """

    def __init__(self, workspace: Path, settings: JobSettings, store: Store) -> None:
        self.jobs = JobStore(workspace / "index")
        self.settings = settings
        self._workspace = workspace
        self._uploads = workspace / "index" / building.UPLOADS
        self._store = store
        self._most_bytes = int(settings.max_upload_mb * 1e6)

    async def take(self, request: Request) -> Job:
        """The new job that a request asks for."""
        kind, _, _ = request.headers.get("content-type", "").lower().partition(";")
        is_json = kind.strip() == "application/json"
        asked = await _json_body(request) if is_json else None
        wanted = asked.layer if asked is not None else ANY
        require_writer(request, self.settings.writes, "publish", wanted)
        await anyio.to_thread.run_sync(self._require_room)
        if asked is not None:
            return await anyio.to_thread.run_sync(self._of_layer, asked)
        if kind.strip() == MULTIPART:
            return await self._of_files(request, self._tileset_of)
        raise UnsupportedMediaError(f"Content-Type {kind!r}; legal: application/json, {MULTIPART}")

    async def take_load(self, request: Request, layer: str) -> Job:
        """The new job of a load into a layer."""
        try:
            check_layer_name(layer)
        except InputError as error:
            raise ParameterError("layer", str(error)) from None
        require_writer(request, self.settings.writes, "publish", layer)
        await anyio.to_thread.run_sync(self._require_room)
        kind, _, _ = request.headers.get("content-type", "").lower().partition(";")
        if kind.strip() != MULTIPART:
            raise UnsupportedMediaError(f"Content-Type {kind!r}; legal: {MULTIPART}")
        return await self._of_files(request, functools.partial(self._load_of, layer))

    async def take_import(self, request: Request) -> Job:
        """The new job of an import of addresses."""
        require_writer(request, self.settings.writes, "create")
        await anyio.to_thread.run_sync(self._require_room)
        kind, _, _ = request.headers.get("content-type", "").lower().partition(";")
        if kind.strip() != MULTIPART:
            raise UnsupportedMediaError(f"Content-Type {kind!r}; legal: {MULTIPART}")
        return await self._of_files(request, self._import_of)

    async def take_table(self, request: Request, layers: tuple[str, ...]) -> Job:
        """The new job that answers every row of a table.

        Args:
            request: With the table.
            layers: Whose buildings the caller may see.
        """
        verb = "read" if sight_of(request).principal.is_known else "update"
        require_writer(request, self.settings.writes, verb)
        await anyio.to_thread.run_sync(self._require_room)
        kind, _, _ = request.headers.get("content-type", "").lower().partition(";")
        if kind.strip() != MULTIPART:
            raise UnsupportedMediaError(f"Content-Type {kind!r}; legal: {MULTIPART}")
        return await self._of_files(request, functools.partial(self._table_of, layers))

    def seen(self, request: Request) -> list[Job]:
        """The jobs that the caller may know of: not those about layers that it may not see."""
        sight = sight_of(request)
        return [job for job in self.jobs.all() if not _is_hidden(job, sight)]

    def one(self, request: Request, job_id: str) -> Job:
        """A job that the caller may know of.

        Raises:
            NotFoundError: There is none.
        """
        job = self.jobs.get(job_id)
        if _is_hidden(job, sight_of(request)):
            raise no_job(job_id)
        return job

    def cancel(self, request: Request, job_id: str) -> Job:
        """Ask for the end of a job.

        Raises:
            ConflictError: It has ended.
        """
        require_writer(request, self.settings.writes, "publish", ANY)
        before = self.one(request, job_id)
        if before.state in ENDED:
            raise ConflictError(f"job {job_id} has {before.state} already")
        job = self.jobs.cancel(job_id)
        if job.state in ENDED:
            building.remove(self._uploads / job_id)
        return job

    def _add(self, job_id: str, about: str, request: dict[str, Any]) -> Job:
        """The new job; what a key was shown for is the business of its holder."""
        owned = request | {"owner": current_key()}
        return self.jobs.add(job_id, about, owned, limit=self.settings.queue)

    def _require_room(self) -> None:
        waiting = self.jobs.waiting()
        if waiting >= self.settings.queue:
            raise QueueFullError(f"{waiting} jobs wait already; legal: {self.settings.queue}")

    def _of_layer(self, asked: TilesetRequest) -> Job:
        self._store.layer(asked.layer)
        request = building.request_of(asked.layer, [], asked.options.given())
        return self._add(new_id(), asked.name or asked.layer, request)

    async def _of_files(self, request: Request, make: MakeJob) -> Job:
        length = request.headers.get("content-length", "")
        if exceeds(length, self._most_bytes):
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
            return await anyio.to_thread.run_sync(make, job_id, folder, received)
        except (Exception, asyncio.CancelledError):
            building.remove(folder)
            raise

    def _tileset_of(self, job_id: str, folder: Path, received: Received) -> Job:
        _check_fields(received, "name", "options")
        name = received.fields.get("name") or _name_of(received.files[0])
        if not re.fullmatch(TILESET_NAME, name):
            raise ParameterError(
                "name", f"{name!r}; legal: a lower-case letter, then up to 62 of a-z, 0-9 and _"
            )
        options = validated(
            TilesetOptions, received.fields.get("options", "{}").encode(), "options"
        )
        files = model_files(folder, received.files, self._most_bytes)
        request = building.request_of(None, files, options.given())
        return self._add(job_id, name, request)

    def _load_of(self, layer: str, job_id: str, folder: Path, received: Received) -> Job:
        _check_fields(received, "options")
        text = received.fields.get("options", "{}").encode()
        options = validated(LoadRequestOptions, text, "options")
        files = model_files(folder, received.files, self._most_bytes)
        request = building.request_of(layer, files, options.given(), building.LOAD)
        return self._add(job_id, layer, request)

    def _import_of(self, job_id: str, folder: Path, received: Received) -> Job:
        _check_fields(received, "options", "mapping")
        text = received.fields.get("options", "{}").encode()
        options = validated(ImportRequestOptions, text, "options").given()
        files = register_files(folder, received.files, self._most_bytes)
        if mapping := received.fields.get("mapping"):
            _check_mapping(mapping)
            (folder / building.MAPPING).write_text(mapping, encoding="utf-8")
            options |= {"mapping": building.MAPPING}
        request = building.request_of(None, files, options, building.IMPORT)
        return self._add(job_id, "addresses", request)

    def _table_of(
        self, layers: tuple[str, ...], job_id: str, folder: Path, received: Received
    ) -> Job:
        _check_fields(received, "options")
        text = received.fields.get("options", "{}").encode()
        options = validated(TableOptions, text, "options")
        if len(received.files) != 1:
            raise ParameterError("file", f"{len(received.files)} files; legal: one")
        (name,) = received.files
        path = folder / name
        kind = SUFFIXES.get(path.suffix.lower(), "csv")
        table = open_rows(path, kind, options.encoding or "")
        if options.direction == "search":
            address_columns(table.names, options.field, table.label)
        else:
            place_columns(table.names, options.field, table.label)
        words = options.words(kind, layers)
        request = building.request_of(None, [name], words, building.GEOCODE)
        job = self._add(job_id, "addresses", request)
        building.result_of(job, self._workspace).parent.mkdir(parents=True, exist_ok=True)
        return job

    def result(self, request: Request, job_id: str) -> Path:
        """What a job made.

        Raises:
            NotFoundError: There is no such job, or it made no file.
            ConflictError: It has not succeeded, or not yet.
        """
        job = self.one(request, job_id)
        if not building.goes_on(job):
            raise NotFoundError(f"job {job_id} makes no file")
        if job.state != SUCCEEDED:
            raise ConflictError(f"job {job_id} is {job.state}; there is no result")
        path = building.result_of(job, self._workspace)
        if not path.exists():
            raise NotFoundError(f"the result of job {job_id} is no longer kept")
        return path


def _is_hidden(job: Job, sight: Sight) -> bool:
    """Whether a job is about a layer that the caller may not see, or another's business."""
    owner = job.request.get("owner", "")
    if owner not in ("", sight.principal.key) and not sight.has_duty("audit"):
        return True
    layer = job.request["layer"]
    return sight.hides(str(layer if layer is not None else job.tileset))


def _check_mapping(text: str) -> None:
    """Refuse a mapping that is none.

    Raises:
        ParameterError: It is none; the message names the key.
    """
    try:
        to_mapping(tomllib.loads(text), "mapping")
    except tomllib.TOMLDecodeError as error:
        raise ParameterError("mapping", f"is no TOML: {error}") from None
    except InputError as error:
        raise ParameterError("mapping", str(error)) from None


def _check_fields(received: Received, *legal: str) -> None:
    """Refuse an upload with other fields, or without a file.

    Raises:
        ParameterError: It is one.
    """
    unknown = sorted(received.fields.keys() - set(legal))
    if unknown:
        raise ParameterError(unknown[0], f"unknown; legal: file, {', '.join(legal)}")
    if not received.files:
        raise ParameterError("file", "is missing")


async def _json_body(request: Request) -> TilesetRequest:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_JSON:
            raise too_large(LONGEST_JSON)
    return validated(TilesetRequest, body, "body")


def validated[T: BaseModel](model: type[T], text: bytes, where: str) -> T:
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
