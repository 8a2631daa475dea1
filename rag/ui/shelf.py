"""The library's panel: what there is to ask, and a box for each document that alone is to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import gradio as gr

from rag.errors import RagError
from rag.types import Source
from rag.ui.choice import GONE, counted, documents, label, line, skipped
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
        choices = self._choices(self._found()[0])
        with gr.Accordion("Documents", open=False, elem_id="shelf") as self._panel:
            gr.Markdown(Html('<div class="host"></div>'), elem_id="uploads")
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

    def connect(self, asked: Sequence[Any], renewed: gr.Textbox, options: dict[str, Any]) -> None:
        """Joins the components to what happens; `asked` are the events of questions, after which
        the panel is looked at again, and when `renewed` changes: the index may be a newer one.
        """
        panel = [self._panel, self._about, self.boxes, self._skipped]
        self.boxes.change(self._ticked, self.boxes, [self._scope, self._line], **options)
        self._all.click(list, None, self.boxes, **options)
        for event in asked:
            looked = event.then(self.look, self.boxes, panel, **options)
            looked.then(self._ticked, self.boxes, [self._scope, self._line], **options)
        renewed.change(self.look, self.boxes, panel, **options)
        gr.on(None, self.look, self.boxes, panel, **options)

    def _ticked(self, ticked: list[str]) -> Updates:
        said = line(self._found()[0], ticked)
        return gr.update(visible=bool(said)), str(said)

    def look(self, ticked: list[str]) -> Updates:
        """The panel as the newest index has it. What is ticked keeps its box, though its document
        went: whoever made a choice ends it.
        """
        found, name = self._found()
        choices, held = self._choices(found), documents(found)
        boxed = {document_id for _, document_id in choices}
        more = [
            (showable(label(held[each], "")) if each in held else GONE, each)
            for each in ticked
            if each not in boxed
        ]
        boxes = gr.update(choices=[*choices, *more])
        return gr.update(label=name), str(_about(found)), boxes, str(skipped(found))

    def _found(self) -> tuple[Sequence[Source], str]:
        """What there is, and how the panel is called; or nothing, and why."""
        try:
            found = self._library.sources()
        except RagError as error:
            return (), str(error)
        return found, counted(found)

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
