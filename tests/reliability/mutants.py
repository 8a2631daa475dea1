"""PDFs of all kinds that are made here, and what becomes of them when their bytes are tampered
with.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from tests import pdfs
from tests.reliability.attack_pdfs import TRAPS

_NUMBER = re.compile(rb"\d+")
_TOKENS = (
    b"obj", b"endobj", b"stream\n", b"endstream", b"xref\n", b"trailer", b"startxref", b"%%EOF",
    b"<<", b">>", b"[", b"]", b"(", b")", b"null", b"1 0 R", b"/Length 99999999", b"/Kids[2 0 R]",
    b"/Filter/FlateDecode", b"/Filter/LZWDecode", b"/Type/ObjStm", b"/Encrypt 1 0 R", b"\0" * 9,
)  # fmt: skip
_NUMBERS = (b"0", b"-1", b"1", b"65536", b"2147483647", b"4294967296", b"9" * 30, b"1e99")
_MOST_CHANGES = 8


def seeds() -> list[bytes]:
    """Sound and odd files: text, scans, tables of contents, turned pages, locks, forms, fonts."""
    plain = pdfs.numbered_pdf(4, roman=2, title="Seeds")
    marks = [[pdfs.Mark(60, 100, "First"), pdfs.Mark(300, 100, "Second")]] * 2
    locks = [pdfs.locked_pdf(plain, "", each) for each in ("RC4-40", "AES-128", "AES-256")]
    return [
        plain,
        pdfs.numbered_pdf(40),
        pdfs.lines_pdf([["One line.", "Another."], [], ["A third."]]),
        pdfs.scanned_pdf(2),
        pdfs.placed_pdf(marks, outline={"One": 0, "Two": 1}),
        pdfs.turned_pdf(plain, 90),
        pdfs.turned_pdf(pdfs.placed_pdf(marks), 180),
        pdfs.joined_pdf([plain, pdfs.scanned_pdf(1)]),
        pdfs.unmapped_pdf(plain),
        pdfs.unnamed_pdf(),
        *locks,
        pdfs.locked_pdf(plain, "secret"),
        pdfs.pageless_pdf(),
        pdfs.drawing_pdf(b"BT /F1 9 Tf (Drawn.) Tj ET " * 20, 3),
        *(made() for name, made in TRAPS.items() if name in _SEEDS),
    ]


_SEEDS = (
    "meanings that are no characters", "no meanings", "a circle of bookmarks",
    "a circle of page labels", "a stream of objects within itself",
    "an image of a billion squared", "a circle of tables of offsets", "actions on opening",
)  # fmt: skip


def mutants(chance: random.Random, count: int) -> Iterator[bytes]:
    """So many, from each seed in turn; each differs from it in one to eight places."""
    own = seeds()
    for number in range(count):
        data = own[number % len(own)]
        for _ in range(chance.randint(1, _MOST_CHANGES)):
            data = _changed(data, own, chance)
        yield data


def _changed(data: bytes, own: Sequence[bytes], chance: random.Random) -> bytes:
    """One change: a bit, a run of bytes, a number or a word of the format, a piece of another."""
    start = chance.randrange(len(data) + 1)
    end = min(len(data), start + chance.choice((1, 4, 64, 1_024)))
    other = chance.choice(own)
    piece = chance.randrange(len(other))
    numbers = list(_NUMBER.finditer(data))
    number = chance.choice(numbers) if numbers else None
    ways = [
        data[:start] + bytes(byte ^ (1 << chance.randrange(8)) for byte in data[start:end])
        + data[end:],
        data[:start] + data[end:],
        data[:end] + data[start:],
        data[:start] + chance.randbytes(end - start) + data[end:],
        data[:start] + chance.choice(_TOKENS) + data[start:],
        data[:start] + other[piece : piece + 512] + data[start:],
        data[: chance.randrange(len(data) // 2, len(data) + 1)],
    ]  # fmt: skip
    if number:
        ways += [data[: number.start()] + chance.choice(_NUMBERS) + data[number.end() :]] * 3
    return chance.choice(ways)
