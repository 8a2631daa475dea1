"""PDFs made to break, to exhaust or to deceive whoever reads them; all are made here, none is real.

Each is small, and asks for a thousand times its size in work, memory, pages or depth, or goes in a
circle.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

from tests.pdfs import assembled, drawing_pdf, numbered_pdf

Made = Callable[[], bytes]

_MIB = bytes(1 << 20)
_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<<%b>>>>"
_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
_TEXT = b"BT /F1 12 Tf 50 700 Td (A plain line of text.) Tj ET"


def _stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(data), entries, data)


def _one_page(content: bytes, *more: bytes, resources: bytes = b"/Font<</F1 3 0 R>>") -> bytes:
    """A page whose content stream is object 4 and whose own number is 5; `more` begin with 6."""
    return assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[5 0 R]>>",
            _FONT,
            content,
            _PAGE % resources,
            *more,
        ]
    )


def _catalog(entries: bytes, *more: bytes) -> bytes:
    """A page of text under a catalogue with more in it; `more` begin with object 6."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%b>>" % entries,
        b"<</Type/Pages/Count 1/Kids[5 0 R]>>",
        _FONT,
        _stream(_TEXT),
        _PAGE % b"/Font<</F1 3 0 R>>",
    ]
    return assembled([*objects, *more])


def _deflated_zeros(mebibytes: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(_MIB) for _ in range(mebibytes)) + packer.flush()


def _flate() -> bytes:
    return _one_page(_stream(_deflated_zeros(1_000), b"/Filter/FlateDecode"))


def _stacked() -> bytes:
    twice = zlib.compress(_deflated_zeros(1_000), 9)
    return _one_page(_stream(twice, b"/Filter[/FlateDecode/FlateDecode]"))


def _run_length() -> bytes:
    runs = zlib.compress(b"\x81 " * 4_000_000 + b"\x80", 9)
    return _one_page(_stream(runs, b"/Filter[/FlateDecode/RunLengthDecode]"))


def _lzw() -> bytes:
    """Codes of 9 to 12 bits, of which each repeats the one before and a zero more."""
    bits = f"{256:09b}{0:09b}" + "".join(
        f"{code:0{9 + (code > 510) + (code > 1022) + (code > 2046)}b}" for code in range(258, 4_094)
    )
    bits *= 60
    data = int(bits.ljust(-len(bits) // 8 * -8, "0"), 2).to_bytes(-(-len(bits) // 8))
    packed = zlib.compress(data, 9)
    return _one_page(_stream(packed, b"/Filter[/FlateDecode/LZWDecode]"))


def _hexadecimal() -> bytes:
    spaced = zlib.compress(b"6 1 " * 8_000_000, 9)
    return _one_page(_stream(spaced, b"/Filter[/FlateDecode/ASCIIHexDecode]"))


def _tree_cycle() -> bytes:
    return assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]/Parent 2 0 R>>",
        ]
    )


def _tree_laughs() -> bytes:
    """2 to the 38th pages."""
    nodes = [
        b"<</Type/Pages/Count %d/Kids[%d 0 R %d 0 R]>>" % (1 << depth, number + 1, number + 1)
        for number, depth in enumerate(range(38, 0, -1), start=2)
    ]
    return assembled([b"<</Type/Catalog/Pages 2 0 R>>", *nodes, b"<</Type/Page/Parent 2 0 R>>"])


def _many_kids() -> bytes:
    return assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 100001/Kids[%b]>>" % (b"3 0 R " * 100_001),
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        ]
    )


def _forms(depth: int, width: int, last: bytes) -> bytes:
    """A form of `width` forms of `width` forms ..., `depth` deep."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>"
    draws = b"/X Do " * width
    forms = [_stream(draws, form % number) for number in range(7, 6 + depth)]
    return _one_page(_stream(draws), *forms, last, resources=b"/XObject<</X 6 0 R>>")


def _form_cycle() -> bytes:
    entries = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>"
    return _forms(1, 2, _stream(b"/X Do /X Do", entries))


def _form_laughs() -> bytes:
    return _forms(10, 10, _stream(_TEXT, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"))


def _composite(to_unicode: bytes | None, widths: bytes = b"") -> bytes:
    """Text in a font of two bytes a character, whose meanings `to_unicode` gives."""
    mapped = b"/ToUnicode 8 0 R" if to_unicode is not None else b""
    font = b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H%b/DescendantFonts[7 0 R]>>"
    return _one_page(
        _stream(b"BT /F1 12 Tf 50 700 Td <0001000200030004> Tj ET"),
        font % mapped,
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/X%b/CIDSystemInfo<</Registry(Adobe)"
        b"/Ordering(Identity)/Supplement 0>>>>" % widths,
        _stream(to_unicode or b""),
        resources=b"/Font<</F1 6 0 R>>",
    )


def _mapped(lines: bytes) -> bytes:
    return (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> "
        b"endcodespacerange " + lines + b" endcmap end"
    )


def _wide_range() -> bytes:
    return _composite(_mapped(b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange"))


def _odd_characters() -> bytes:
    pairs = b"<0001> <D800> <0002> <0000> <0003> <202E> <0004> <FDD0>"
    return _composite(_mapped(b"4 beginbfchar " + pairs + b" endbfchar"))


def _prev_loop() -> bytes:
    data = numbered_pdf(1)
    start = data.rindex(b"xref\n0 ")
    return data.replace(b"trailer\n<<", b"trailer\n<<\n/Prev %d" % start)


def _rootless() -> bytes:
    return b"%PDF-1.7\ntrailer\n<</Size 99999999>>\nstartxref\n9\n%%EOF\n"


def _deep_object() -> bytes:
    return _catalog(b"/Names 6 0 R", b"[" * 100_000 + b"]" * 100_000)


def _outline_cycle() -> bytes:
    return _catalog(
        b"/Outlines 6 0 R",
        b"<</First 7 0 R/Last 7 0 R/Count 9>>",
        b"<</Title(Round)/Parent 6 0 R/Next 7 0 R/First 7 0 R/Dest[5 0 R/Fit]>>",
    )


def _label_cycle() -> bytes:
    return _catalog(b"/PageLabels 6 0 R", b"<</Kids[6 0 R 6 0 R]>>")


def _object_stream_of_itself() -> bytes:
    inner = b"6 0 7 2 6 7"
    entries = b"/Type/ObjStm/N 2/First 8/Extends 6 0 R"
    return _catalog(b"/Names 7 0 R", _stream(inner, entries))


def _huge_image() -> bytes:
    image = b"/Type/XObject/Subtype/Image/Width 999999999/Height 999999999/BitsPerComponent 8"
    return _one_page(
        _stream(b"/X Do " + _TEXT),
        _stream(zlib.compress(b"\0", 9), image + b"/ColorSpace/DeviceRGB/Filter/FlateDecode"),
        resources=b"/XObject<</X 6 0 R>>/Font<</F1 3 0 R>>",
    )


def _acting() -> bytes:
    return _catalog(
        b"/OpenAction 6 0 R/AA<</WC 7 0 R>>",
        b"<</S/Launch/F(/bin/sh)>>",
        b"<</S/JavaScript/JS(app.launchURL\\('http://a.test'\\))>>",
    )


def _deep_content() -> bytes:
    return _one_page(_stream(b"[" * 100_000 + b"]" * 100_000 + _TEXT))


def _text_of(string: bytes, times: int = 1, pages: int = 1) -> bytes:
    return drawing_pdf(b"BT /F1 9 Tf " + (b"0 9 Td (" + string + b") Tj\n") * times + b"ET", pages)


BOMBS: Mapping[str, Made] = {
    "a deflated gigabyte": _flate,
    "a gigabyte deflated twice": _stacked,
    "run lengths of half a gigabyte": _run_length,
    "LZW": _lzw,
    "hexadecimal with blanks": _hexadecimal,
    "1.9 million operators": lambda: drawing_pdf(b"q Q\n" * 950_000),
    "1.9 million operators on each of 20 pages": lambda: drawing_pdf(b"q Q\n" * 950_000, 20),
    "9,000 pages of one stream": lambda: drawing_pdf(b"q Q\n" * 500, 9_000),
    "90,000 pages of one stream": lambda: drawing_pdf(b"q Q\n", 90_000),
    "a string of 60 MB": lambda: _text_of(b"a" * 60_000_000),
    "74 MB of blanks on 50 pages": lambda: _text_of(b" " * 74_000_000, 1, 50),
    "ten thousand million forms": _form_laughs,
}
TRAPS: Mapping[str, Made] = {
    "a circle of pages": _tree_cycle,
    "2 to the 38th pages": _tree_laughs,
    "100,001 times the same page": _many_kids,
    "a form within itself": _form_cycle,
    "four thousand million meanings": _wide_range,
    "meanings that are no characters": _odd_characters,
    "no meanings": lambda: _composite(None),
    "widths of four thousand million": lambda: _composite(None, b"/W[0 4294967295 500]"),
    "an array nested 100,000 times": _deep_object,
    "an array nested 100,000 times in the content": _deep_content,
    "inline images without end": lambda: _one_page(_stream(b"BI /W 9 /H 9 ID x " * 100_000)),
    "a circle of tables of offsets": _prev_loop,
    "no root": _rootless,
    "cut in the middle": lambda: numbered_pdf(3)[:900],
    "empty": bytes,
    "no PDF": lambda: b"This is no PDF.",
    "a circle of bookmarks": _outline_cycle,
    "a circle of page labels": _label_cycle,
    "a stream of objects within itself": _object_stream_of_itself,
    "an image of a billion squared": _huge_image,
    "a page of infinite size": lambda: numbered_pdf(1).replace(
        b"/MediaBox [0 0", b"/MediaBox[-9e99 0"
    ),
    "actions on opening": _acting,
    "a stream longer than its file": lambda: _one_page(
        _stream(_TEXT).replace(b"/Length ", b"/Length 99999")
    ),
}
"""With the bombs, more than thirty kinds of attack."""
