"""`cim entity`: one entity."""

from typing import Annotated

import shapely
import typer

from api.cli.entity_tree import model_facts, show_tree
from api.cli.options import CURRENT_FOLDER, Workspace
from api.cli.output import show, show_rows
from api.settings import load_settings
from api.workspace import levels_of, open_store
from cim.code_checks import AUTO, find_scheme, identify
from cim.code_checks import check as check_code
from cim.entities.classes import entity_class
from cim.entities.ids import check_id
from cim.errors import InputError
from cim.recoding import recode

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def entity() -> None:
    """One entity: codes, attributes, place."""


@app.command("code")
def code_entities(
    layer: Annotated[
        str | None, typer.Argument(help="Layer whose edits by other programs to code.")
    ] = None,
    *,
    check: Annotated[str, typer.Option("--check", help="Code to check instead.")] = "",
    scheme: Annotated[
        str,
        typer.Option(help="With --check: entity, address, real_property, division, plain, auto."),
    ] = AUTO,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """Give ids and grid codes to features that were added or moved in QGIS; or check a code.

    Example: cim entity code buildings -w city; cim entity code --check 4201030000000016
    """
    if bool(check) == bool(layer):
        raise InputError("give a layer, or a code with --check; see: cim entity code --help")
    if layer is None:
        _check_code(check, scheme)
        return
    settings = load_settings(workspace)
    coded, issued = recode(open_store(workspace, settings), layer, levels_of(settings))
    show({"layer": layer, "coded": coded, "new_ids": issued})


def _check_code(text: str, scheme: str) -> None:
    """Show what a code says.

    Raises:
        InputError: It is no code of the scheme, or of any.
    """
    verdicts = identify(text) if scheme == AUTO else (check_code(find_scheme(scheme), text),)
    valid = [verdict for verdict in verdicts if verdict.valid]
    if not valid:
        reasons = "; ".join(f"{verdict.scheme}: {verdict.reason}" for verdict in verdicts)
        raise InputError(reasons)
    show_rows(
        {
            "scheme": verdict.scheme,
            "code": verdict.checked.value,
            "parts": dict(verdict.checked.parts),
            "notes": verdict.checked.notes,
        }
        for verdict in valid
        if verdict.checked is not None
    )


@app.command("show")
def show_entity(
    entity_id: Annotated[str, typer.Argument(help="Entity id, 24 characters.")],
    *,
    tree: Annotated[
        bool, typer.Option("--tree", help="What stands below it: storeys, spaces, elements.")
    ] = False,
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, help="With --tree: most entries below each one.")
    ] = 20,
    workspace: Workspace = CURRENT_FOLDER,
) -> None:
    """An entity's layer, codes, attributes, geometry, and what its building model says of it.

    Example: cim entity show BLDGN50J47539B825534000D -w city; cim entity show BLDG... --tree
    """
    store = open_store(workspace)
    record = store.entity(check_id(entity_id))
    if tree:
        show_tree(store, record.entity_id, limit)
        return
    kind = entity_class(record.layer.class_code)
    show(
        {
            "id": record.entity_id,
            "class": kind.code,
            "class_title": {"zh": kind.title_zh, "en": kind.title_en},
            "layer": record.layer.name,
            "fid": record.fid,
            "status": "valid" if record.attributes["valid_to"] is None else "retired",
            "attributes": dict(record.attributes),
            "lods": record.lods,
            "geometry": None if record.geometry is None else shapely.to_wkt(record.geometry),
            "model": model_facts(store, record.entity_id),
        }
    )
