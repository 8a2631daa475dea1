"""The elements of HTML by what becomes of them when a page is read."""

from __future__ import annotations

UNSHOWN = frozenset(
    [
        "head",
        "script",
        "style",
        "template",
        "noscript",
        "iframe",
        "object",
        "embed",
        "canvas",
        "svg",
        "audio",
        "video",
        "map",
    ]
)
CONTROLS = frozenset(["button", "input", "select", "textarea", "datalist", "label", "legend"])
SURROUNDINGS = frozenset(["nav", "aside", "dialog", "menu"])
SURROUNDING_ROLES = frozenset(
    ["navigation", "banner", "contentinfo", "search", "complementary", "dialog"]
)
NOTES = frozenset(["doc-footnote", "doc-endnote", "doc-endnotes", "footnote", "endnote", "note"])
SECTIONS = frozenset(["article", "main", "section"])
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
BLOCKS = HEADINGS | frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hgroup",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
        "caption",
        "title",
    ]
)
CELLS = frozenset({"td", "th"})
