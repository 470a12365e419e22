"""Tables of addresses and places as jobs: answered in a process of their own, fetched later."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from api.batch.base import KINDS
from api.errors import ForbiddenError
from api.geocoding import SeenGeocoding
from api.routes.desk import Desk
from api.routes.jobs import FILES, JOBS, PROBLEMS
from api.schemas.geocoding import TableOptions
from api.schemas.jobs import JobOut
from api.security.sight import sight_of

BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": FILES, "options": TableOptions.model_json_schema()},
                }
            }
        },
    }
}


def router(desk: Desk, geocoding: SeenGeocoding, root_path: str) -> APIRouter:
    """Routes of jobs that answer tables."""
    routes = APIRouter(tags=["Geocoder"])

    @routes.post(
        "/api/geocode/jobs",
        status_code=202,
        response_model=JobOut,
        summary="批量地理编码任务 / Answer a table as a job",
        responses=PROBLEMS,
        openapi_extra=BODY,
    )
    async def start(request: Request) -> Response:
        """Answer every row of an uploaded table; it goes on where a stopped server left it."""
        seen = geocoding.of(sight_of(request))
        if seen.area is not None:
            raise ForbiddenError(
                "a job needs sight of the addresses of the whole city; legal: POST "
                "/api/geocode/batch"
            )
        job = await desk.take_table(request, seen.building_layers())
        headers = {"Location": f"{root_path}{JOBS}/{job.id}"}
        return JSONResponse(JobOut.from_job(job, root_path).model_dump(), 202, headers)

    @routes.get(
        f"{JOBS}/{{job_id}}/result",
        summary="任务结果 / What a job made",
        response_class=FileResponse,
        responses={409: {"description": "The job has not succeeded, or not yet"}},
    )
    def read_result(job_id: str, request: Request) -> Response:
        """The rows of a table with their answers."""
        path = desk.result(request, job_id)
        return FileResponse(path, media_type=KINDS[path.suffix[1:]], filename=path.name)

    return routes
