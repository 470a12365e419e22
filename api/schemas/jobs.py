"""Bodies about jobs."""

import time
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.jobs.building import GEOCODE, IMPORT, TILES, kind_of
from api.jobs.store import FAILED, RUNNING, SUCCEEDED, Job
from api.schemas.objects import model_path
from api.schemas.placing import PlacingOptions
from cim.model_records import ModelName

TILESET_NAME = r"^[a-z][a-z0-9_]{0,62}$"

type LinkedName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}(=[A-Za-z0-9_.:-]{1,100})?$")
]
"""Name of a tileset of the workspace, perhaps with the id of a block."""

type State = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class TilesetOptions(PlacingOptions):
    """How to make a tileset: options of `cim tiles build` by the same names, with _ for -."""

    title_zh: str | None = Field(default=None, max_length=500, description="Chinese title")
    title_en: str | None = Field(default=None, max_length=500, description="English title")
    height_field: str | None = Field(default=None, description="Column of heights above ground, m")
    default_height_m: float | None = Field(
        default=None, description="Height of footprints without a usable one"
    )
    base_field: str | None = Field(default=None, description="Column of the ground's height, m")
    base_height_m: float | None = Field(default=None, description="Height of the ground elsewhere")
    name_field: str | None = Field(default=None, description="Column that names a feature")
    lod: str | None = Field(default=None, description="Level of detail; else the finest of each")
    lods: Literal["finest", "all"] | None = Field(
        default=None, description="All: coarse levels of detail from afar, replaced by the finest"
    )
    tiling: Literal["auto", "explicit", "implicit"] | None = Field(
        default=None, description="Tree of documents, or subtrees; auto: subtrees for large ones"
    )
    clamp: Literal["none", "offset"] | None = Field(
        default=None, description="How features come to the ground"
    )
    height_offset_m: float | None = Field(default=None, description="Metres that clamping adds")
    compression: Literal["none", "meshopt"] | None = Field(
        default=None, description="Of the contents: `meshopt` makes them less than half as large"
    )
    instancing: str | None = Field(
        default=None,
        max_length=20,
        description="Equal bodies as instances of one mesh: auto, off, or COUNT,KIB",
    )
    outlines: bool | None = Field(default=None, description="Draw the edges of buildings")
    spaces: bool | None = Field(default=None, description="Draw the spaces of building models too")
    drop_smaller_m: float | None = Field(
        default=None, ge=0, description="Leave elements of meshes out that are smaller"
    )
    simplify: float | None = Field(
        default=None, gt=0, le=1, description="Share of the triangles of meshes to aim at"
    )
    simplify_error_m: float | None = Field(
        default=None, gt=0, description="How far simplified meshes may lie from theirs"
    )
    merge: bool | None = Field(
        default=None, description="One feature of each storey, class and material of a model"
    )
    bim: list[LinkedName] | None = Field(
        default=None,
        max_length=200,
        description="Tilesets of models in the place of blocks: NAME, or NAME=ID of the block",
    )
    attribute: list[str] | None = Field(
        default=None, max_length=200, description="Further columns that become properties"
    )
    codes: str | None = Field(
        default=None, description="Grid codes that become properties, with commas"
    )

    def given(self) -> dict[str, Any]:
        """The options that the client named."""
        return {
            name: value
            for name, value in self.model_dump(exclude_none=True).items()
            if value is not False
        }


class TilesetRequest(BaseModel):
    """A tileset to be made of a layer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    layer: str = Field(description="Layer of the store", pattern=TILESET_NAME)
    name: str | None = Field(
        default=None,
        pattern=TILESET_NAME,
        description="Name of the tileset; else that of the layer. One that exists is replaced.",
    )
    options: TilesetOptions = Field(default_factory=TilesetOptions)


class JobOut(BaseModel):
    """A job."""

    id: str
    kind: Literal["tiles", "load", "import", "geocode"] = Field(
        description="Makes a tileset, loads files, imports addresses, or answers a table"
    )
    tileset: str | None = Field(description="Name of the tileset that it makes")
    layer: str | None = Field(description="Layer that it loads into, or makes tiles of")
    state: State
    stage: str | None = Field(description="What it is at: `read`, then `write`")
    done: int = Field(description="Features")
    total: int | None = Field(description="Features, null while unknown")
    features_per_second: float | None = Field(description="In this stage")
    remaining_s: float | None = Field(description="Estimate for this stage")
    created: str = Field(description="RFC 3339, UTC")
    started: str | None
    ended: str | None
    error: str | None = Field(description="Why it failed, in one line")
    report: dict[str, Any] | None = Field(
        description="What went in, what came out, what was left out"
    )
    href: str | None = Field(
        description="Once it has succeeded: path of tileset.json, or of the layer or model"
    )

    @classmethod
    def from_job(cls, job: Job, root_path: str) -> Self:
        """The job as clients see it."""
        rate = _rate(job)
        left = None if job.total is None or not rate else max(0, job.total - job.done) / rate
        report = None if job.report is None else _without_paths(job.report)
        kind = kind_of(job)
        return cls(
            id=job.id,
            kind=kind,  # type: ignore[arg-type] # the table holds no other
            tileset=job.tileset if kind == TILES else None,
            layer=job.request["layer"],
            state=job.state,  # type: ignore[arg-type] # the table holds no other
            stage=job.stage,
            done=job.done,
            total=job.total,
            features_per_second=rate,
            remaining_s=left,
            created=_time(job.created) or "",
            started=_time(job.started),
            ended=_time(job.ended),
            error=job.error if job.state == FAILED else None,
            report=report,
            href=_href(job, root_path) if job.state == SUCCEEDED else None,
        )


class JobList(BaseModel):
    """Jobs, the newest first."""

    jobs: list[JobOut]


def _href(job: Job, root_path: str) -> str | None:
    """Where to find what a job made."""
    if kind_of(job) == IMPORT:
        return f"{root_path}/ogc/collections/addresses"
    if kind_of(job) == GEOCODE:
        return f"{root_path}/api/jobs/{job.id}/result"
    if kind_of(job) == TILES:
        return f"{root_path}/3dtiles/{job.tileset}/tileset.json"
    first = (job.report or {}).get("loads", [{}])[0]
    if "model" in first:
        return model_path(ModelName(first["model"], first["source"]), root_path)
    return f"{root_path}/ogc/collections/{job.tileset}"


def _rate(job: Job) -> float | None:
    """Features a second in the stage that runs."""
    if job.state != RUNNING or job.stage_started is None or not job.done:
        return None
    return job.done / max(time.time() - job.stage_started, 0.001)


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return (
        datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    )


def _without_paths(report: dict[str, Any]) -> dict[str, Any]:
    """The report; where sources stand with their paths, only the names of the files are left."""
    return {name: _plain(value) for name, value in report.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, str) and value.startswith("/"):
        return value.rpartition("/")[2]
    return value
