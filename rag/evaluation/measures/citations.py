"""Whether what is shown is the evidence: citation recall and precision by characters.

After Gao, Yen, Yu and Chen 2023, "Enabling Large Language Models to Generate Text with Citations"
(ALCE), with gold evidence in the place of a model's judgement: characters cited and characters
that should be are sets, and their overlap is exact.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.evaluation.gold import Place

Evidence = Sequence[Sequence[Place]]
"""All of these groups are needed; within a group any place will do."""


def citation_recall(cited: Sequence[Place], evidence: Evidence) -> float:
    """The share of the evidence's characters that are cited."""
    covered = needed = 0
    for group in evidence:
        share, place = max(
            ((_covered(place, cited) / max(1, len(place.span)), place) for place in group),
            key=lambda pair: pair[0],
        )
        covered += round(share * len(place.span))
        needed += len(place.span)
    return covered / needed if needed else 0.0


def citation_precision(cited: Sequence[Place], evidence: Evidence) -> float:
    """The share of the cited characters that belong to the evidence; 0 if nothing is cited."""
    gold = [place for group in evidence for place in group]
    total = sum(len(place.span) for place in cited)
    return sum(_covered(place, gold) for place in cited) / total if total else 0.0


def evidence_among(shown: Sequence[Place], evidence: Evidence) -> float:
    """1 if one of the places shown is, by half of the shorter one, a place of the evidence."""
    return float(
        any(
            place.document == gold.document
            and 2 * place.span.overlap(gold.span) >= max(1, min(len(place.span), len(gold.span)))
            for place in shown
            for group in evidence
            for gold in group
        )
    )


def _covered(place: Place, by: Sequence[Place]) -> int:
    """The number of the place's characters that are in one of the others."""
    held = {
        offset
        for other in by
        if other.document == place.document
        for offset in range(
            max(place.span.start, other.span.start), min(place.span.end, other.span.end)
        )
    }
    return len(held)
