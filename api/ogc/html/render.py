"""HTML pages: our own templates, in Chinese and English, without anything from elsewhere."""

import functools
from pathlib import Path
from typing import Any

import jinja2

from api.ogc.html.listing import theme_title
from api.ogc.html.words import WORDS as PAGE_WORDS
from api.ogc.html.words import class_title, geometry_title
from api.ogc.words import WORDS, layer_title

TEMPLATES = Path(__file__).parents[1] / "templates"


def render(template: str, language: str, **values: Any) -> str:  # noqa: ANN401 - template values
    """The page that a template makes, in `zh` or `en`."""
    page = _environment().get_template(template)
    words = WORDS[language] | PAGE_WORDS[language]
    return page.render(lang=language, words=words, **values)


@functools.cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "class_title": class_title,
        "geometry_title": geometry_title,
        "layer_title": layer_title,
        "theme_title": theme_title,
    }
    return made
