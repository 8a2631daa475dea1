"""The library's panel: what there is to ask, and a box for each document that alone is to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import gradio as gr

from rag.errors import RagError
from rag.types import Source
from rag.ui.choice import counted, documents, label, line, skipped
from rag.ui.html import Html, showable
from rag.ui.talk import Answering

LISTED = 300
"""Documents with a box; a page with thousands of them would take long to open."""
_HOW = "Questions go to all documents. Tick some, and they go to those alone."
_MORE = (
    " Only the first {:,} documents have a box; the others are asked as long as nothing is ticked."
)

Updates: TypeAlias = tuple[Any, ...]


class Shelf:
    """The panel, the line that says what is asked, and what ticking does.

    `boxes` is the component with the ids of the documents that are ticked, none for all.
    """

    def __init__(self, library: Answering) -> None:
        self._library = library
        self._known: tuple[Sequence[Source], list[tuple[str, str]]] = ((), [])

    def lay_out(self) -> None:
        """Makes the panel where it is called for."""
        # A page may outlive the server and come back with ticks: Gradio takes only those it knows.
        try:
            choices = self._choices(self._library.sources())
        except RagError:
            choices = []  # said as soon as the page is open
        with gr.Accordion("Documents", open=False, elem_id="shelf") as self._panel:
            self._about = gr.Markdown(elem_id="shelf-about", latex_delimiters=[])
            self.boxes = gr.CheckboxGroup(
                choices, label="Documents to ask", container=False, elem_id="shelf-boxes"
            )
            self._skipped = gr.Markdown(elem_id="shelf-skipped", latex_delimiters=[])

    def lay_out_line(self) -> None:
        """Makes the line that stands above the question while a choice is on."""
        with gr.Row(elem_id="scope", visible=False) as self._scope:
            self._line = gr.Markdown(elem_id="scope-line", latex_delimiters=[])
            self._all = gr.Button("Ask all", elem_id="ask-all", size="sm")

    def connect(self, asked: Sequence[Any], options: dict[str, Any]) -> None:
        """Joins the components to what happens; `asked` are the events of questions, after which
        the panel is looked at again: the index may be a newer one.
        """
        panel = [self._panel, self._about, self.boxes, self._skipped]
        self.boxes.change(self._ticked, self.boxes, [self._scope, self._line], **options)
        self._all.click(list, None, self.boxes, **options)
        for event in asked:
            event.then(self.look, self.boxes, panel, **options)
        gr.on(None, self.look, self.boxes, panel, **options)

    def _ticked(self, ticked: list[str]) -> Updates:
        said = line(self._library.sources(), ticked)
        return gr.update(visible=bool(said)), str(said)

    def look(self, ticked: list[str]) -> Updates:
        """The panel as the newest index has it. Ticks are left alone unless their document went."""
        try:
            found = self._library.sources()
        except RagError as error:
            return gr.update(label=str(error)), "", gr.update(choices=[], value=[]), ""
        choices = self._choices(found)
        held = {document_id for _, document_id in choices}
        kept = [each for each in ticked if each in held]
        boxes = gr.update(choices=choices) | ({} if kept == ticked else {"value": kept})
        return gr.update(label=counted(found)), str(_about(found)), boxes, str(skipped(found))

    def _choices(self, found: Sequence[Source]) -> list[tuple[str, str]]:
        """Each document's label, and its id. Documents are opened once for each index."""
        known, choices = self._known
        if known is not found:
            choices = [
                (showable(label(source, self._language(document_id))), document_id)
                for document_id, source in [*documents(found).items()][:LISTED]
            ]
            self._known = found, choices
        return choices

    def _language(self, document_id: str) -> str:
        try:
            return self._library.document(document_id).language
        except KeyError:  # a newer index was opened meanwhile
            return ""


def _about(found: Sequence[Source]) -> Html:
    """What the boxes do."""
    count = len(documents(found))
    if not count:
        return Html()
    more = _MORE.format(LISTED) if count > LISTED else ""
    return Html("<p>{}{}</p>").format(_HOW, more)
