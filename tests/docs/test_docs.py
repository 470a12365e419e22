"""The documentation is complete, current and in both languages."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from api.cli.main import NOUNS
from api.settings import sections
from cim import plugins
from cim.entities.classes import CLASSES
from tests.docs.pages import DOCS, ROOT, TWIN_SECTIONS, commands, links, pages, twin_of

REFERENCE = DOCS / "reference"
KEYS = [f"{name}.{key}" for name, model in sections().items() for key in model.model_fields]
IN_BOTH_LANGUAGES = ("", ".zh")


def all_commands() -> list[str]:
    """Every command with its verbs, as typed."""
    found = []
    for noun in NOUNS:
        command = typer.main.get_command(importlib.import_module(f"api.cli.{noun}").app)
        verbs = getattr(command, "commands", None)
        found += [f"cim {noun} {verb}" for verb in verbs] if verbs else [f"cim {noun}"]
    return found


def shown(page: Path) -> str:
    return str(page.relative_to(DOCS))


def test_the_reference_of_the_commands_is_current() -> None:
    script = ROOT / "scripts" / "cli-reference"
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("language", IN_BOTH_LANGUAGES)
def test_every_command_has_a_heading(language: str) -> None:
    lines = (REFERENCE / f"cli{language}.md").read_text("utf-8").splitlines()
    assert [name for name in all_commands() if f"## {name}" not in lines] == []


@pytest.mark.parametrize("language", IN_BOTH_LANGUAGES)
@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("reference/grids", plugins.names("cim.grids")),
        ("how-to/load-data", plugins.names("cim.readers")),
        ("how-to/check-bim", plugins.names("cim.bim.check.rules")),
        ("reference/settings", KEYS),
    ],
    ids=["grids", "readers", "rules", "settings"],
)
def test_every_one_has_a_row(page: str, names: list[str], language: str) -> None:
    text = (DOCS / f"{page}{language}.md").read_text("utf-8")
    assert [name for name in names if f"| `{name}` |" not in text] == []


def test_every_entity_class_is_in_the_glossary() -> None:
    text = (REFERENCE / "glossary.md").read_text("utf-8")
    assert [code for code in CLASSES if f"| `{code}` |" not in text] == []


@pytest.mark.parametrize("page", pages(), ids=shown)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert [target for target in links(page) if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", pages(), ids=shown)
def test_every_page_is_in_the_navigation(page: Path) -> None:
    assert f"- {page.relative_to(DOCS)}\n" in (ROOT / "mkdocs.yml").read_text("utf-8")


@pytest.mark.parametrize("section", TWIN_SECTIONS)
def test_every_page_has_its_twin(section: str) -> None:
    found = [page for page in pages() if page.parent == DOCS / section]
    assert found
    assert [shown(page) for page in found if not twin_of(page).exists()] == []


@pytest.mark.parametrize("section", TWIN_SECTIONS)
def test_twins_show_the_same_commands(section: str) -> None:
    for page in sorted((DOCS / section).glob("*.zh.md")):
        assert commands(page) == commands(twin_of(page)), shown(page)
