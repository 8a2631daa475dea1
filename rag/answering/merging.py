"""The drafts for the parts of one question, made one."""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Draft

SILENT = "On “{part}” the documents do not say."


def merged(drafts: Sequence[tuple[str, Draft]]) -> Draft:
    """One draft of the parts' drafts, each named by its question, in their order.

    Where some parts are answered, a note names each that is not.
    """
    if len(drafts) == 1:
        return drafts[0][1]
    claims = tuple(dict.fromkeys(claim for _, draft in drafts for claim in draft.claims))
    notes = [note for _, draft in drafts for note in draft.notes]
    if claims:
        notes += [SILENT.format(part=part) for part, draft in drafts if not draft.claims]
    reasons = dict.fromkeys(draft.reason for _, draft in drafts if draft.reason)
    return Draft(
        claims,
        drafts[0][1].written_by,
        " ".join(reasons) or None,
        notes=tuple(dict.fromkeys(notes)),
        parts=tuple(draft for _, draft in drafts),
    )
