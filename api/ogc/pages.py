"""HTML pages: our own templates, in Chinese and English, without anything from elsewhere."""

import functools
from pathlib import Path
from typing import Any

import jinja2

from api.ogc.words import WORDS

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, language: str, **values: Any) -> str:  # noqa: ANN401 - template values
    """The page that a template makes, in `zh` or `en`."""
    page = _environment().get_template(template)
    return page.render(lang=language, words=WORDS[language], **values)


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
