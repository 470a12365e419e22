"""French: `assets/geocode/languages/french.toml`."""

from geocode.language import Language
from geocode.words.language import WordLanguage

PLUGIN: Language = WordLanguage("french")
