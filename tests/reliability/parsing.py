"""Documents made to break their reader: rows 17 to 23.

What a file costs is its child's own processor time, and not that of a clock on a busy machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from rag.chunking import SentenceChunker
from rag.errors import NoTextError, UnsupportedFormatError
from rag.parsing import plain
from rag.parsing.cleaning import clean
from rag.parsing.folder import _document
from tests import pdfs
from tests.parsing.archives import BROKEN, OTHERS, TOO_MUCH
from tests.reliability import attack_texts, misbehaving
from tests.reliability.attack_pdfs import BOMBS, TRAPS, Made
from tests.reliability.mutants import mutants, seeds
from tests.reliability.reading import LIMITS, Bench, nothing_left
from tests.reliability.row import Outcome, Row, Rows, Run

_MOST_SECONDS = 20
_BOMB_SECONDS = 10
_ZIP_SECONDS, _ZIP_MEGABYTES = 2, 200
_USUAL_SECONDS = 2
_SCANS = "its 3 pages are scans without a text layer"
_LOCKED = "is protected by a password; save a copy without one"


def malformed(run: Run) -> Outcome:
    """PDFs that are broken, endless, deep or in circles, and mutants of sound ones"""
    found = Outcome()
    bench = Bench(run)
    made: Mapping[str, Made] = {**TRAPS, **BOMBS} if run.long else TRAPS
    with nothing_left(found):
        for name, make in islice(made.items(), 0, None, run.count(6, 1)):
            with found.trial(name):
                bench.read("a.pdf", make()).check(_MOST_SECONDS)
        for number, data in enumerate(mutants(run.chance(), run.count(8, 750))):
            with found.trial(f"mutant {number}"):
                bench.read("a.pdf", data).check(_MOST_SECONDS)
    assert len(seeds()) >= 20
    if run.long:  # of a few files most are those that take long
        times = sorted(reading.processor for reading in bench.readings)
        with found.trial("19 of 20 are done soon"):
            assert times[len(times) * 95 // 100] <= _USUAL_SECONDS
    found.figures |= bench.figures()
    return found


def bombs(run: Run) -> Outcome:
    """Small PDFs that ask for gigabytes, millions of operators or thousands of pages"""
    found = Outcome()
    bench = Bench(run)
    for name, make in islice(BOMBS.items(), 0, None, run.count(6, 1)):
        with found.trial(name):
            bench.read("a.pdf", make()).check(_BOMB_SECONDS)
    found.figures |= bench.figures()
    return found


def statuses(run: Run) -> Outcome:
    """PDFs with passwords, without letters' names, without text, without pages: each its status"""
    text = pdfs.numbered_pdf(2)
    said = {
        "anybody may open it (RC4)": (pdfs.locked_pdf(text, "", "RC4-128"), "read"),
        "anybody may open it (AES)": (pdfs.locked_pdf(text, "", "AES-256"), "read"),
        "RC4": (pdfs.locked_pdf(text, "secret", "RC4-128"), _LOCKED),
        "AES-128": (pdfs.locked_pdf(text, "secret", "AES-128"), _LOCKED),
        "AES-256": (pdfs.locked_pdf(text, "secret", "AES-256"), _LOCKED),
        "letters without names": (
            pdfs.unnamed_pdf(), "its 1 page does not say which letters are printed"),
        "images only": (pdfs.scanned_pdf(3), _SCANS),
        "no pages": (pdfs.pageless_pdf(), "has no pages"),
    }  # fmt: skip
    found = Outcome()
    bench = Bench(run)
    for name, (data, expected) in said.items():
        with found.trial(name):
            reading = bench.read("a.pdf", data)
            reading.check(_MOST_SECONDS)
            assert (reading.error.reason if reading.error else "read") == expected
            assert not reading.document or pdfs.sentence_of(2) in reading.document.text
    return found


def archives(run: Run) -> Outcome:
    """Office files and zips: bombs, overlaps, climbing names, entities, locks, other formats"""
    found = Outcome()
    bench = Bench(run)
    for trap in islice([*BROKEN, *OTHERS, *TOO_MUCH], 0, None, run.count(3, 1)):
        with found.trial(trap.id):
            reading = bench.read("a.docx", trap.data)
            reading.check(_ZIP_SECONDS, _ZIP_MEGABYTES)
            assert type(reading.error) is trap.error
            assert trap.reason in str(reading.error)
    found.figures |= bench.figures()
    return found


def pages(run: Run) -> Outcome:
    """Web pages: a million open tags, depth, endless comments, hidden text, links that run"""
    found = Outcome()
    bench = Bench(run)
    shown = attack_texts.SHOWN
    for name, data in islice(attack_texts.PAGES.items(), 0, None, run.count(2, 1)):
        with found.trial(name):
            reading = bench.read("a.html", data)
            reading.check(_MOST_SECONDS + 1)
            text = reading.document.text if reading.document else ""
            assert attack_texts.HIDDEN not in text
            assert (shown in text) == (shown.encode() in data)
    found.figures |= bench.figures()
    return found


def texts(run: Run) -> Outcome:
    """Texts of odd characters and encodings, and any others: cleaned, capped, cut where they say"""
    found = Outcome()
    bench = Bench(run)
    for name, data in attack_texts.TEXTS.items():
        with found.trial(name):
            reading = bench.read("a.txt", data)
            reading.check(_MOST_SECONDS)
            assert reading.status == attack_texts.REFUSED.get(name, "read")
    with found.trial("any text"):
        found.trials += _any_text(run.count(100, 2_000), run.seed) - 1
    found.figures |= bench.figures()
    return found


_ANY = st.text(st.characters(exclude_categories=()), min_size=1) | st.text(
    st.sampled_from("a é.\r\n\t\x00\x0c\x85\u2028\ud800\u200b\u202e\ufeff\U000e0041"), min_size=1
)


def _any_text(count: int, number: int) -> int:
    """How many texts were cleaned, read and cut; raises for the first that goes wrong."""
    tried = 0
    chunker = SentenceChunker(20, 5)

    @seed(number)
    @settings(max_examples=count, deadline=None, database=None)
    @given(_ANY)
    def check(text: str) -> None:
        nonlocal tried
        tried += 1
        assert clean(clean(text)) == clean(text)
        try:
            extract = plain.read(text.encode("utf-8", "surrogatepass"), "a.txt", LIMITS)
        except (NoTextError, UnsupportedFormatError):
            return
        document = _document("0" * 64, "a.txt", extract)
        for passage in chunker.chunk(document):
            assert passage.text.encode().decode() == passage.span.of(document.text)

    check()
    return tried


_ROWS: tuple[Row, ...] = (malformed, bombs, statuses, archives, pages, texts, misbehaving.workers)
ROWS: Rows = dict(enumerate(_ROWS, start=17))
