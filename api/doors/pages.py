"""The page behind a plate as HTML."""

import functools
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from api.doors.facts import DoorFacts
from api.doors.words import KINDS, WORDS

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Service:
    """A link that the city offers."""

    zh: str
    en: str
    url: str

    @classmethod
    def parse(cls, line: str) -> "Service":
        """A service of a line of the settings: 中文 | English | https://…."""
        zh, en, url = (part.strip() for part in line.split("|"))
        return cls(zh, en, url)


@dataclass(frozen=True, slots=True, order=True)
class Guess:
    """A code that may have been meant."""

    place: int
    """Digit that differs, counted from 1."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class DoorPage:
    """What the page shows."""

    city: str
    asked: str
    """The code as it was asked for."""

    lookup: str
    """Path of the form that takes a code."""

    sample: bool = False
    facts: DoorFacts | None = None
    problem: str = ""
    """`wrong`, `unknown`, `draft`, `retired`, or empty."""

    reason: str = ""
    guesses: tuple[Guess, ...] = ()
    map: Markup = Markup("")  # noqa: RUF009 - a constant
    services: tuple[Service, ...] = ()
    reports: bool = False

    kinds = KINDS

    @property
    def title(self) -> str:
        """Title of the document."""
        return self.facts.text if self.facts else self.asked

    @property
    def spaced(self) -> str:
        """The code in groups of four, as on the plate."""
        code = self.facts.code if self.facts else ""
        return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def render(page: DoorPage, language: str, said: str = "") -> str:
    """The page in `zh` or `en`.

    Args:
        page: What it shows.
        language: `zh` or `en`.
        said: What is said of a report that has just come: `thanks`, `later`, or nothing.
    """
    template = _environment().get_template("door.html")
    return template.render(page=page, lang=language, words=WORDS[language], said=said)


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
