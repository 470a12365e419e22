"""`cim key` and `cim audit`."""

from pathlib import Path

import pytest

from cim.store.base import Store
from tests.api.security.cities import secret_city
from tests.commands import cim, refusal, run_cim


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    cim("init", tmp_path / "city")
    return tmp_path / "city"


def test_a_key_is_shown_once_and_listed_without_its_secret(workspace: Path) -> None:
    made = cim("key", "create", "规划局", "--role", "steward", "-w", workspace).row
    assert made["key"].startswith(f"cim_{made['id']}_")
    (listed,) = cim("key", "list", "-w", workspace).rows
    assert listed["name"] == "规划局"
    assert listed["roles"] == ["steward"]
    assert made["key"].split("_")[2] not in str(listed)


def test_a_revoked_key_says_when(workspace: Path) -> None:
    made = cim("key", "create", "a", "--role", "steward", "-w", workspace).row
    assert cim("key", "revoke", made["id"], "-w", workspace).row["revoked_at"]
    assert "no key 'nosuchkey1'" in refusal("key", "revoke", "nosuchkey1", "-w", workspace)


def test_a_role_of_the_settings_may_be_given(workspace: Path) -> None:
    with (workspace / "cim.toml").open("a", encoding="utf-8") as file:
        file.write('[access.roles.planner]\nlayers = ["plan_*"]\nverbs = ["read", "update"]\n')
    made = cim("key", "create", "a", "--role", "planner", "--expires-days", 7, "-w", workspace).row
    assert made["roles"] == ["planner"]
    assert made["expires_at"] > made["created_at"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a", "--role", "nope"), "role 'nope' is not defined; there are: steward"),
        (("a", "--role", "steward", "--expires", "soon"), "--expires 'soon'; legal: YYYY-MM-DD"),
        (("a", "--role", "steward", "--expires", "2020-01-01"), "that is past"),
        (("", "--role", "steward"), "legal: 1 to 100 characters"),
        (
            ("a", "--role", "steward", "--expires", "2999-01-01", "--expires-days", "3"),
            "both given",
        ),
    ],
)
def test_a_wrong_key_is_refused(workspace: Path, words: tuple[str, ...], message: str) -> None:
    assert message in refusal("key", "create", *words, "-w", workspace)


def test_what_commands_change_is_in_the_trail(workspace: Path) -> None:
    cim("key", "create", "a", "--role", "steward", "-w", workspace)
    run_cim("load", workspace / "absent.shp", "--layer", "x", "-w", workspace)
    cim("layer", "list", "-w", workspace)
    loaded, made = cim("audit", "list", "-w", workspace).rows
    assert (made["action"], made["result"], made["face"]) == ("key create", "0", "cli")
    assert (loaded["layers"], loaded["result"], loaded["proof"]) == ("x", "1", "system")
    assert cim("audit", "list", "--layer", "x", "-w", workspace).rows == [loaded]
    assert cim("audit", "verify", "-w", workspace).row["records"] == 2
    assert "'yesterday'; legal" in refusal(
        "audit", "list", "--since", "yesterday", "-w", workspace
    )


def test_what_commands_show_of_restricted_layers_is_in_the_trail(tmp_path: Path) -> None:
    store = secret_city(tmp_path)
    plate, building = entity_of(store, "plates"), entity_of(store, "buildings")
    store.close()
    (tmp_path / "cim.toml").write_text('[city]\nname = "secret"\n', encoding="utf-8")
    cim("layer", "show", "buildings", "-w", tmp_path)
    cim("layer", "list", "-w", tmp_path)
    cim("entity", "show", building, "-w", tmp_path)
    assert cim("audit", "list", "-w", tmp_path).rows == []
    cim("layer", "show", "-w", tmp_path, "plates")
    cim("entity", "show", plate, "-w", tmp_path)
    cim("layer", "export", "plates", "-o", tmp_path / "plates.csv", "-w", tmp_path)
    rows = cim("audit", "list", "-w", tmp_path).rows
    assert [(row["action"], row["layers"]) for row in rows] == [
        ("layer export", "plates"),
        ("entity show", "plates"),
        ("layer show", "plates"),
    ]


def entity_of(store: Store, layer: str) -> str:
    """An entity of a layer."""
    batch = next(store.read(layer))
    return str(batch.attributes["entity_id"][0])
