"""Which language a text is in, offline: langid's sequences of letters (Lui and Baldwin 2012)."""

from __future__ import annotations

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNSURE = ""
_SURE = 0.5
_SURE_OF_DOCUMENT = 0.9
"""Of 1,500 stretches of English each with 3, 5, 10, 20, 40 or 80 words none seems other than it."""
_BEGINNING = 5_000
"""Characters of a document that are looked at."""
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
    return _told(text, _SURE)


def language_of_document(text: str) -> str:
    """The ISO 639 code of the language in which a document begins, or `UNSURE`.

    A document is read as it stands, English words or not: many a report names an English one.
    """
    first = _WORD.search(text)
    if not first:
        return UNSURE
    return _told(text[first.start() : first.start() + _BEGINNING], _SURE_OF_DOCUMENT)


def language_name(code: str) -> str:
    """The English name of a language, or its code in words."""
    return _NAMES.get(code, f"the language “{code}”")


def _told(text: str, sure: float) -> str:
    code, probability = _identifier().rank(text)[0]
    return _RELATED.get(code, code) if probability > sure else UNSURE


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
