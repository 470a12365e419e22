"""What the OpenAPI documents promise holds for requests that nobody thought of."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Err
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.cities import (
    PLATES_DRAFT,
    app_of,
    build_caches,
    buildings,
    load,
    open_city,
    plates,
)
from tests.live import live

type Operation = APIOperation[Any, Any, Any, Any]

pytestmark = pytest.mark.slow

EXAMPLES = 5
SEED = 20_261_122
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
"""Requests that the document allows, and requests that break it in one place."""

PROMISES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
LONG_WORK = (
    "/api/tilesets",
    "/api/jobs",
    "/api/addresses/imports",
    "/api/loads",
    "/api/geocode/jobs",
)
"""Paths under which a request starts work of minutes; their own tests send nonsense there."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of a city that may be changed."""
    workspace: Path = tmp_path_factory.mktemp("city")
    store = open_city(workspace)
    load(store, buildings())
    load(store, plates(), PLATES_DRAFT)
    build_caches(store, workspace)
    with live(app_of(workspace, store)) as address:
        yield address
    store.close()


@pytest.mark.parametrize(
    ("document", "root"),
    [
        ("/ogc/openapi", "/ogc"),
        ("/ogc/collections/buildings/api", "/ogc"),
        ("/api/openapi.json", ""),
    ],
)
def test_no_request_breaks_the_server_or_a_promise(server: str, document: str, root: str) -> None:
    with urlopen(f"{server}{document}?f=json", timeout=20) as answer:  # noqa: S310 - own server
        schema = schemathesis.openapi.from_dict(orjson.loads(answer.read()))
    broken = [
        f"{operation.method.upper()} {operation.path}: {failure}"
        for operation in _operations(schema)
        if not operation.path.startswith(LONG_WORK)
        for failure in _failures(operation, f"{server}{root}")
    ]
    assert not broken, "\n".join(broken)


def _operations(schema: schemathesis.BaseSchema) -> Iterator[Operation]:
    """The operations, all of which must be understood."""
    for found in schema.get_all_operations():
        if isinstance(found, Err):
            pytest.fail(str(found.err()))
        yield found.ok()


def _failures(operation: Operation, base: str) -> Iterator[str]:
    """What goes wrong with an operation, one line a way of asking."""
    for mode in MODES:
        try:
            _ask(operation, base, mode)
        except Unsatisfiable:
            continue  # nothing of this operation can be wrong
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - all of them are told
            told = error.exceptions if isinstance(error, BaseExceptionGroup) else (error,)
            for one in told:
                lines = [line for line in str(one).splitlines() if line.strip()]
                yield f"{mode.name}: {' | '.join(lines)[:600]}"


def _ask(operation: Operation, base: str, mode: schemathesis.GenerationMode) -> None:
    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        response = case.call(base_url=base)
        case.validate_response(response, checks=PROMISES)

    ask()
