"""Each building model loads or is refused with its reason, and the documentation says which."""

from pathlib import Path

from tests.conftest import shared_path
from tests.outcomes.bim import PAGE, made_page

HINT = "the page is not current: run .venv/bin/python scripts/bim-outcomes and read the change"


def test_the_page_tells_what_becomes_of_each_model() -> None:
    shared: Path = shared_path("data").parent
    assert made_page(shared) == PAGE.read_text(encoding="utf-8"), HINT
