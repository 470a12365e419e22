"""Imports of registers of addresses, as jobs."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.routes.desk import Desk
from api.routes.jobs import FILES, JOBS, PROBLEMS
from api.schemas.imports import ImportRequestOptions
from api.schemas.jobs import JobOut

BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "options"],
                    "properties": {
                        "file": FILES,
                        "mapping": {
                            "type": "string",
                            "description": "A mapping file in TOML; guessed when not given",
                        },
                        "options": ImportRequestOptions.model_json_schema(),
                    },
                }
            }
        },
    }
}


def router(desk: Desk, root_path: str) -> APIRouter:
    """Routes of imports."""
    routes = APIRouter(tags=["Addresses"])

    @routes.post(
        "/api/addresses/imports",
        status_code=202,
        response_model=JobOut,
        summary="导入地址清册 / Import registers of addresses",
        responses=PROBLEMS,
        openapi_extra=BODY,
    )
    async def import_registers(request: Request) -> Response:
        """Import uploaded registers; the job's report tells what became of their rows."""
        job = await desk.take_import(request)
        headers = {"Location": f"{root_path}{JOBS}/{job.id}"}
        return JSONResponse(JobOut.from_job(job, root_path).model_dump(), 202, headers)

    return routes
