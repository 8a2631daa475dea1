"""Which language a text is in, offline: langid's sequences of letters (Lui and Baldwin 2012)."""

from __future__ import annotations

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNSURE = ""
_SURE = 0.5
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset(
    [
        *("about", "are", "did", "does", "from", "has", "how", "that", "the", "were", "what"),
        *("when", "where", "which", "who", "whom", "whose", "why", "with"),
    ]
)
"""Common words that mark a text as English: none is as common in another language."""
_RELATED = {"pcm": "en"}
"""Nigerian Pidgin is taken for what short English questions often look like."""
_NAMES = {
    "ar": "Arabic",
    "az": "Azerbaijani",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "hy": "Armenian",
    "it": "Italian",
    "ka": "Georgian",
    "pt": "Portuguese",
    "ru": "Russian",
    "tr": "Turkish",
    "uk": "Ukrainian",
}


def language_of(text: str) -> str:
    """The ISO 639 code of the language, or `UNSURE` where the letters do not settle it.

    The model takes a second to load; a text with one of English's commonest words needs none.
    """
    if _ENGLISH.intersection(word.casefold() for word in _WORD.findall(text)):
        return "en"
    if not _WORD.search(text):
        return UNSURE
    code, probability = _identifier().rank(text)[0]
    return _RELATED.get(code, code) if probability > _SURE else UNSURE


def language_name(code: str) -> str:
    """The English name of a language, or its code in words."""
    return _NAMES.get(code, f"the language “{code}”")


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
