"""French: `assets/geocode/languages/french.toml`."""

from geocode.languages.base import Language
from geocode.words.language import WordLanguage

PLUGIN: Language = WordLanguage("french")
