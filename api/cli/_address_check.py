"""What `cim address check` does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from api.address_checks import Checked, feature
from api.cli.output import say, show_rows
from cim.errors import InputError

FORMS = (".jsonl", ".geojson")


def show_counts(checked: Checked) -> None:
    """One row a check: how many findings, or why it did not run."""
    show_rows(
        {
            "rule": outcome.check.name,
            "count": None if outcome.findings is None else len(outcome.findings.rows),
            "title": outcome.check.title["zh"],
            "title_en": outcome.check.title["en"],
            "absent": outcome.absent,
        }
        for outcome in checked.outcomes
    )


def write_findings(checked: Checked, output: str) -> None:
    """Write all findings: JSON lines to `-` or a `.jsonl` file, or a `.geojson` file.

    Raises:
        InputError: The file has another suffix.
    """
    rows = (row for outcome in checked.outcomes for row in checked.rows(outcome))
    for outcome in checked.outcomes:
        if outcome.findings is None:
            say(f"{outcome.check.name} did not run: {outcome.absent}")
    if output == "-":
        show_rows(rows)
        return
    path = Path(output)
    if path.suffix.lower() not in FORMS:
        raise InputError(f"{output}: findings are written as {' or '.join(FORMS)}")
    count = _write(rows, path)
    say(f"{count} findings in {path}")


def _write(rows: Iterator[dict[str, Any]], path: Path) -> int:
    count = 0
    geojson = path.suffix.lower() == ".geojson"
    with path.open("wb") as file:
        file.write(b'{"type":"FeatureCollection","features":[' if geojson else b"")
        for count, row in enumerate(rows, 1):
            if geojson:
                file.write((b",\n" if count > 1 else b"\n") + orjson.dumps(feature(row)))
            else:
                file.write(orjson.dumps(row) + b"\n")
        file.write(b"\n]}\n" if geojson else b"")
    return count
