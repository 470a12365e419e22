"""What answers say about the city, and where the API is."""

from dataclasses import dataclass

from starlette.requests import Request

from api.ogc.documents import Context
from api.ogc.exchange import origin
from api.ogc.workspaces import workspace_of

ROOT = "/ogc"
"""Path of the OGC API."""


@dataclass(frozen=True, slots=True)
class City:
    """What answers say about the city and the program."""

    title_zh: str
    title_en: str
    sample: bool
    root_path: str
    version: str
    """Version of this program."""

    def base(self, request: Request) -> str:
        """URL of the API's root as the client sees it, without a slash at the end."""
        workspace = workspace_of(request)
        inside = f"/{workspace.name}" if workspace is not None else ""
        return f"{origin(request, self.root_path)}{ROOT}{inside}"

    def context(self, request: Request, language: str) -> Context:
        """For whom an answer to the request is written."""
        titles = (self.title_zh, self.title_en)
        workspace = workspace_of(request)
        if workspace is not None:
            titles = (
                f"{titles[0]} · {workspace.title_zh}",
                f"{titles[1]} · {workspace.title_en}",
            )
        return Context(self.base(request), language, *titles)
