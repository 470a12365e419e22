"""The tutorial does what it says: its commands are run, and print what it shows."""

import shlex
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from assets.samples import generate
from tests.commands import cim
from tests.docs.pages import DOCS, Step, steps, twin_of
from tests.servers import serving

TUTORIAL = DOCS / "tutorial" / "first-city.md"
SOURCES = Path("build/demo-city/sources")
SERVED_AT = "http://127.0.0.1:8000"
"""Where a reader's server answers; that of the test has a free port."""


def test_the_tutorial_does_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    generate(tmp_path / SOURCES)
    base, said = SERVED_AT, ""
    with ExitStack() as stack:
        for step in steps(TUTORIAL):
            match step.kind:
                case "run":
                    said = "\n".join(run(line.replace(SERVED_AT, base)) for line in step.lines)
                case "serve":
                    base = stack.enter_context(serving(tmp_path / workspace_of(step)))
                case _:
                    assert [line for line in step.lines if line not in said] == []


def test_both_languages_run_and_show_the_same() -> None:
    assert steps(TUTORIAL) == steps(twin_of(TUTORIAL))


def run(line: str) -> str:
    """What a command line prints; it must succeed."""
    program, *words = shlex.split(line)
    if program == "curl":
        (url,) = words
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - own server
            return str(answer.read(), "utf-8")
    assert program == "cim", line
    done = cim(*words)
    return done.out + done.err


def workspace_of(step: Step) -> str:
    """The workspace that is served."""
    (line,) = step.lines
    words = shlex.split(line)
    assert words[:-1] == ["cim", "serve", "-w"]
    return words[-1]
