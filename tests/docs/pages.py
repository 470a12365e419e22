"""The pages of the documentation, and what is marked in them for tests."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TWIN_SECTIONS = ("tutorial", "how-to", "explanation")
"""Folders whose pages are there in both languages."""

_STEP = re.compile(r"<!-- (run|serve|shows) -->\n```\w+\n(.*?)\n```", re.DOTALL)
_COMMANDS = re.compile(r"```sh\n(.*?)\n```", re.DOTALL)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Step:
    """A block of code that follows a mark such as `<!-- run -->`."""

    kind: str
    """`run`: commands; `serve`: the command that serves; `shows`: what the last `run` printed."""

    lines: tuple[str, ...]


def pages() -> list[Path]:
    """All pages."""
    return sorted(DOCS.rglob("*.md"))


def twin_of(page: Path) -> Path:
    """The page in the other language."""
    name = page.name
    is_chinese = name.endswith(".zh.md")
    other = name.replace(".zh.md", ".md") if is_chinese else name.replace(".md", ".zh.md")
    return page.with_name(other)


def steps(page: Path) -> list[Step]:
    """The marked blocks of a page in their order; a line continued with a backslash is one."""
    found = _STEP.findall(page.read_text("utf-8"))
    return [Step(kind, _lines(text)) for kind, text in found]


def commands(page: Path) -> list[str]:
    """All command lines of a page."""
    return [line for block in _COMMANDS.findall(page.read_text("utf-8")) for line in _lines(block)]


def links(page: Path) -> list[str]:
    """Targets of a page's links within the project, without the part after `#`."""
    prose = _CODE.sub("", page.read_text("utf-8"))
    targets = (target.partition("#")[0] for target in _LINK.findall(prose))
    return [target for target in targets if target and "://" not in target]


def _lines(block: str) -> tuple[str, ...]:
    return tuple(re.sub(r"\\\n\s*", "", block).splitlines())
