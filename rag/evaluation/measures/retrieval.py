"""How well a ranking finds what is relevant, by ir_measures.

MacAvaney, Macdonald and Ounis 2022, "Streamlining Evaluation with ir-measures": nDCG (Järvelin
and Kekäläinen 2002), recall, reciprocal rank, and success (something relevant among the first k).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rag.errors import ConfigError

if TYPE_CHECKING:
    from ir_measures import Measure

DEPTH = 100
"""Ranks that are looked at."""
NAMES = ("nDCG@10", "R@5", "R@100", "RR", "Success@1", "Success@3", "Success@5")
FIRST_FOUND = ("RR", "Success@1", "Success@3", "Success@5")
"""Those that need not know how much is relevant in all."""


def ranking_measures(
    judged: Mapping[str, Mapping[str, int]],
    ranked: Mapping[str, Sequence[str]],
    names: Sequence[str] = NAMES,
) -> dict[str, dict[str, float]]:
    """For each judged question its measures; one that found nothing scores 0.

    `judged`: grades above 0 by question and item; `ranked`: the items of each, best first.
    """
    import ir_measures  # noqa: PLC0415 - of the extra

    measures = [_parsed(name) for name in names]
    run = {
        question: {item: float(-rank) for rank, item in enumerate(items[:DEPTH])}
        for question, items in ranked.items()
    }
    found = {question: dict.fromkeys(names, 0.0) for question in judged}
    known = {question: items for question, items in judged.items() if items and run.get(question)}
    for each in ir_measures.iter_calc(measures, known, run) if known else ():
        found[each.query_id][names[measures.index(each.measure)]] = float(each.value)
    return found


def _parsed(name: str) -> Measure:
    import ir_measures  # noqa: PLC0415

    try:
        return ir_measures.parse_measure(name)
    except (NameError, ValueError) as error:
        raise ConfigError(f"{name} is no measure that ir_measures knows.") from error
