"""`cim division` from outside."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.division import app
from cim.errors import ConflictError, InputError, NotFoundError, SourceDataError

EDITION = "code,name\n33,浙江省\n3301,杭州市\n330102,上城新区\n330105,拱墅区\n330199,新设区\n"


def run(*arguments: str | Path) -> list[dict[str, Any]]:
    """The lines of JSON that a command prints."""
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    if result.exception:
        raise result.exception
    return [json.loads(line) for line in result.stdout.splitlines()]


def names(report: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in report]


def test_a_division_is_shown_with_path_past_and_children(tmp_path: Path) -> None:
    (shown,) = run("show", "330105", "-w", tmp_path)
    assert names(shown["path"]) == ["浙江省", "杭州市", "拱墅区"]
    assert shown["came_from"] == [{"code": "330103", "name": "下城区", "until": "2021-04-09"}]
    assert "米市巷街道" in names(shown["children"])


def test_a_division_that_is_no_more_leads_to_that_of_today(tmp_path: Path) -> None:
    (shown,) = run("show", "110228", "-w", tmp_path)
    assert (shown["name"], names(shown["today"])) == ("密云县", ["密云区"])


def test_a_village_is_shown_too(tmp_path: Path) -> None:
    (shown,) = run("show", "330106007001", "-w", tmp_path)
    assert names(shown["path"])[:4] == ["浙江省", "杭州市", "西湖区", "古荡街道"]


def test_an_unknown_code_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="'99' is unknown"):
        run("show", "99", "-w", tmp_path)


def test_a_newer_edition_tells_its_differences_and_is_kept(tmp_path: Path) -> None:
    source = tmp_path / "newer.csv"
    source.write_text(EDITION, encoding="utf-8")
    tried = run("import", source, "--date", "2025-01-01", "-w", tmp_path, "--dry-run")
    assert run("show", "330102", "-w", tmp_path)[0]["name"] == "上城区"
    told = run("import", source, "--date", "2025-01-01", "-w", tmp_path)
    assert told == tried
    assert told[0] == {
        "change": "renamed",
        "code": "330102",
        "name": "上城区",
        "to": [{"code": "330102", "name": "上城新区"}],
        "date": "2025-01-01",
    }
    assert {one["code"] for one in told if one["change"] == "added"} == {"330199"}
    assert "330106" in {one["code"] for one in told if one["change"] == "gone"}
    (shown,) = run("show", "330102", "-w", tmp_path)
    assert shown["name"] == "上城新区"
    assert {"name": "上城区", "until": "2025-01-01", "reason": "renamed"} in shown["other_names"]
    with pytest.raises(ConflictError, match="legal: a later day"):
        run("import", source, "--date", "2025-01-01", "-w", tmp_path)


def test_files_that_are_no_edition_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "newer.csv"
    with pytest.raises(InputError, match="No such file"):
        run("import", source, "--date", "2025-01-01", "-w", tmp_path)
    source.write_bytes("code,name\n33,浙江省\n".encode("gb18030"))
    with pytest.raises(InputError, match="is not UTF-8"):
        run("import", source, "--date", "2025-01-01", "-w", tmp_path)
    source.write_text("a,b\n33,浙江省\n", encoding="utf-8")
    with pytest.raises(SourceDataError, match="no column 'code'"):
        run("import", source, "--date", "2025-01-01", "-w", tmp_path)
