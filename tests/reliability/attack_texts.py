"""Pages and texts made to cost time or to hide words, each with what must not be read from it."""

from __future__ import annotations

import codecs
from collections.abc import Mapping

HIDDEN = "zyzzyva"
"""Stands where no reader of the page would see it, and so must stand in no passage."""
SHOWN = "Seen by everybody."

PAGES: Mapping[str, bytes] = {
    "a million open tags": b"<a " * 1_000_000,
    "a million open comments": b"<!--" * 1_000_000,
    "comments that never end": b"<p>x<!-- " * 200_000,
    "instructions": b"<?" * 500_000,
    "sections": b"<![CDATA[" * 300_000,
    "100,000 elements deep": b"<div>" * 100_000 + b"deep",
    "50,000 tables deep": b"<table><tr><td>" * 50_000 + b"deep",
    "100,000 lists deep": b"<ul><li>" * 100_000 + b"deep",
    "an attribute of 20 MB": b'<p title="' + b"a" * 20_000_000 + b'">text',
    "100,000 attributes": b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">text",
    "a million entities": b"<p>" + b"&amp;" * 1_000_000,
    "entities without end": b"<p>" + b"&" * 1_000_000 + b"#" * 1_000_000,
    "a million broken ends": b"<p>x" + b"</b></i></p>" * 300_000,
    "misnested formatting": b"<b><i><u><a href=x>" * 20_000 + b"x" + b"</b></i></u></a>" * 20_000,
    "an open script": b"<p>" + SHOWN.encode() + b"</p><script>" + b"<!--<script>" * 200_000,
    "a million cells": b"<table><tr>" + b"<td>1" * 1_000_000,
    "a refresh and a base": b'<meta http-equiv="refresh" content="0;url=http://a.test/zyzzyva">'
    b'<base href="http://a.test/zyzzyva"><p>' + SHOWN.encode(),
    "hidden text": b"<p>" + SHOWN.encode() + b'<p hidden>zyzzyva</p><p style="display:none">zyzzyva'
    b'</p><p style="visibility:hidden">zyzzyva</p><template>zyzzyva</template>'
    b"<script>zyzzyva</script><style>zyzzyva</style><!-- zyzzyva -->",
    "links that are programs": b"<p>" + SHOWN.encode() + b'<a href="javascript:zyzzyva()">x</a>'
    b'<img src=x onerror="zyzzyva()"><iframe srcdoc="zyzzyva"></iframe>',
    "files of this machine": b'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>'
    + SHOWN.encode() + b"&x;",
}  # fmt: skip

_WORD = "Überblick und Ğarabağ. "
TEXTS: Mapping[str, bytes] = {
    "lone surrogates": b"Mines \xed\xa0\x80 and \xed\xb0\x80 maps. " * 9,
    "zeros": b"Mines\0 and maps of them. " * 9,
    "directions": "Mines \u202eand\u2066 maps\u2069. ".encode() * 9,
    "nothing to see": "Mi\u200bnes\u2060 and\ufeff maps. ".encode() * 9,
    "tags": "Mines \U000e0068\U000e0069 and maps. ".encode() * 9,
    "UTF-8 with a mark": codecs.BOM_UTF8 + _WORD.encode(),
    "UTF-16 with a mark": codecs.BOM_UTF16_LE + _WORD.encode("utf-16-le"),
    "UTF-16, the other way": codecs.BOM_UTF16_BE + _WORD.encode("utf-16-be"),
    "UTF-32 with a mark": codecs.BOM_UTF32_LE + _WORD.encode("utf-32-le"),
    "half a character at the end": codecs.BOM_UTF16_LE + _WORD.encode("utf-16-le")[:-1],
    "Windows-1252": "“Überblick” costs 5 €.".encode("cp1252"),
    "no encoding at all": bytes(range(128, 256)) * 9,
    "a line of 100 MB": b"word " * 20_000_000,
    "a word of a million letters": b"x" * 1_000_000,
    "empty": b"",
    "only blanks": b" \t\n" * 9_999,
}
REFUSED = {
    "a line of 100 MB": "TooComplexError",
    "empty": "NoTextError",
    "only blanks": "NoTextError",
}
"""The others are read."""
