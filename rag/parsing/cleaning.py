"""The one place where text is altered: when it is read, before any offset into it exists."""

from __future__ import annotations

import re

_REPLACEMENTS = {"line": "\n", "control": " ", "broken": "\N{REPLACEMENT CHARACTER}", "unseen": ""}

_UNWANTED = re.compile(
    r"(?P<line>\r\n?|[\x85\u2028\u2029])"
    r"|(?P<control>[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f])"
    r"|(?P<broken>[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff])"
    # Zero-width and direction characters and tags: they hide text from eyes, or reorder it.
    r"|(?P<unseen>[\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]+)"
)


def clean(text: str) -> str:
    r"""Text that is shown as it is stored, and that encodes to UTF-8.

    Line ends become "\n"; other controls but tabs become spaces; lone surrogates and
    noncharacters become U+FFFD; zero-width, direction and tag characters go. Anything else stays
    as it is, and clean text stays wholly as it is.
    """
    return _UNWANTED.sub(lambda match: _REPLACEMENTS[match.lastgroup or ""], text)


def clean_line(text: str) -> str:
    """The same for names and titles, on one line."""
    return " ".join(clean(text).split())
