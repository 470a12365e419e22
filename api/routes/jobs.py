"""Jobs that make tilesets and load files: start, watch, cancel."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.routes.desk import Desk
from api.schemas.jobs import TILESET_NAME, JobList, JobOut, TilesetOptions, TilesetRequest
from api.schemas.loads import LoadRequestOptions

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

FILES = {
    "type": "array",
    "items": {"type": "string", "format": "binary"},
    "description": "Files, what belongs to them, or zip files",
}
LOAD_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": FILES,
                        "options": LoadRequestOptions.model_json_schema(),
                    },
                }
            }
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

    @routes.post(
        "/api/layers/{layer}/loads",
        status_code=202,
        response_model=JobOut,
        tags=["Layers"],
        summary="数据入库 / Load files into a layer",
        responses=PROBLEMS,
        openapi_extra=LOAD_BODY,
    )
    async def load_files(layer: str, request: Request) -> Response:
        """Load uploaded files into a layer; IFC models into four that begin with its name."""
        job = await desk.take_load(request, layer)
        headers = {"Location": f"{root_path}{JOBS}/{job.id}"}
        return JSONResponse(JobOut.from_job(job, root_path).model_dump(), 202, headers)

    @routes.get(JOBS, summary="任务列表 / Jobs")
    def read_jobs(request: Request) -> JobList:
        return JobList(jobs=[JobOut.from_job(job, root_path) for job in desk.seen(request)])

    @routes.get(f"{JOBS}/{{job_id}}", summary="任务 / A job")
    def read_job(job_id: str, request: Request) -> JobOut:
        return JobOut.from_job(desk.one(request, job_id), root_path)

    @routes.delete(f"{JOBS}/{{job_id}}", summary="取消任务 / Cancel a job")
    def cancel_job(job_id: str, request: Request) -> JobOut:
        return JobOut.from_job(desk.cancel(request, job_id), root_path)

    return routes
