"""Running the `cim` command with the words a user types."""

import io
import json
import sys
import unittest.mock
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.cli.main import main

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The JSON lines of its output."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def row(self) -> dict[str, Any]:
        """Its one line of JSON."""
        (row,) = self.rows
        return row


def run_cim(*words: object) -> Done:
    """Run the command in this process; its output is no terminal, so results are JSON lines."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    arguments = ["cim", *map(str, words)]
    with (
        unittest.mock.patch.object(sys, "argv", arguments),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as end,
    ):
        main()
    texts = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return Done(int(str(end.value.code)), *texts)


def cim(*words: object) -> Done:
    """Run a command that must succeed."""
    done = run_cim(*words)
    assert done.code == 0, done.err
    return done


def refusal(*words: object) -> str:
    """The one line of a command that must be refused with exit 1."""
    done = run_cim(*words)
    assert done.code == 1, (done.code, done.out, done.err)
    line = done.err.strip().splitlines()[-1]
    assert line.startswith("cim: ")
    assert "Traceback" not in done.err
    assert done.out == ""
    return line.removeprefix("cim: ")
