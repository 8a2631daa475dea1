"""Two runs over the same questions, measure by measure and question by question."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ConfigError
from rag.evaluation.measures.auroc import auroc
from rag.evaluation.measures.bootstrap import Rows, interval
from rag.evaluation.measures.refusing import balanced_accuracy
from rag.evaluation.measures.risk_coverage import aurc
from rag.evaluation.records import Record, read_records
from rag.evaluation.summary import LESS_IS_BETTER, UNSEEN, score

Pair = tuple[Record, Record]
_LISTED = 25


def compare(first: Path, second: Path, seed: int) -> dict[str, Any]:
    """Differences (second less first) over the questions of both, with 95 % intervals."""
    runs = [read_records(folder) for folder in (first, second)]
    for folder, records in zip((first, second), runs, strict=True):
        if not records:
            raise ConfigError(f"{folder} holds no run: there is no answer in it.")
    later = {record["id"]: record for record in runs[1]}
    pairs = [(each, later[each["id"]]) for each in runs[0] if each["id"] in later]
    if not pairs:
        raise ConfigError(f"{first} and {second} have no question in common.")
    changes = sorted(
        filter(None, (_change(pair) for pair in pairs)), key=lambda each: each["change"]
    )
    return {
        "first": str(first),
        "second": str(second),
        "partial": [_partial(first), _partial(second)],
        "questions": len(pairs),
        "unpaired": [len(records) - len(pairs) for records in runs],
        "seed": seed,
        "measures": {**_means(pairs, seed), **_of_scores(pairs, seed)},
        "alike": _alike(pairs),
        "better": [each for each in reversed(changes) if each["change"] > 0][:_LISTED],
        "worse": [each for each in changes if each["change"] < 0][:_LISTED],
        "changed": len(changes),
    }


def _alike(pairs: Sequence[Pair]) -> dict[str, Any]:
    """In how many questions both runs came to the same outcome, and to the same sentences with the
    same citations, page by page; and the ids of those in which they did not.
    """
    said = [tuple(_said(record) for record in pair) for pair in pairs]
    outcomes = sum(then[:1] == now[:1] for then, now in said)
    otherwise = [
        pair[0]["id"] for pair, (then, now) in zip(pairs, said, strict=True) if then != now
    ]
    answers = len(pairs) - len(otherwise)
    return {"outcomes": outcomes, "answers": answers, "otherwise": otherwise[:_LISTED]}


def _said(record: Record) -> tuple[object, ...]:
    """The outcome, then each sentence and each citation with its place; or why there is none."""
    answer = record["answer"]
    if answer is None:
        return ("failed", record["error"])
    sentences = tuple(each["text"] for each in answer["statements"])
    places = tuple(
        (each["number"], each["document"]["id"], each["start"], each["end"], tuple(each["pages"]))
        for each in answer["citations"]
    )
    return answer["outcome"], sentences, places


def _partial(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / "metrics.json").read_text("utf-8"))["partial"])
    except (OSError, ValueError, KeyError):
        return True


def _values(record: Record) -> dict[str, float]:
    """Everything measured on the question alone, searches by "name:measure"."""
    measures = dict(record["measures"])
    answered = measures["answered"]
    if record["answerable"]:
        measures["answered_share"] = answered
    else:
        measures["refused_share"] = 1 - answered
    for name, each in record["retrievers"].items():
        measures |= {f"{name}:{measure}": value for measure, value in each["measures"].items()}
    return {name: value for name, value in measures.items() if name not in UNSEEN}


def _means(pairs: Sequence[Pair], seed: int) -> dict[str, Any]:
    values: dict[str, list[tuple[float, float]]] = {}
    for first, second in pairs:
        then, now = _values(first), _values(second)
        for name in then.keys() & now.keys():
            values.setdefault(name, []).append((then[name], now[name]))
    found = {}
    for name in sorted(values):
        table = np.array(values[name])
        gains = table[:, 1] - table[:, 0]
        found[name] = _figure(
            float(table[:, 0].mean()),
            float(table[:, 1].mean()),
            interval(lambda rows, gains=gains: float(gains[rows].mean()), len(gains), seed),  # type: ignore[misc]
            len(gains),
        )
    return found


def _of_scores(pairs: Sequence[Pair], seed: int) -> dict[str, Any]:
    """Measures that no single question has are computed anew on every draw."""
    answerable = np.array([pair[0]["answerable"] for pair in pairs])
    sides = []
    for side in (0, 1):
        records = [pair[side] for pair in pairs]
        scores = np.array([score(each) for each in records])
        answered = np.array([bool(each["measures"]["answered"]) for each in records])
        losses = np.array([each["measures"].get("loss", np.nan) for each in records])
        sides.append((scores, answered, losses))

    def measured(name: str, side: int, rows: Rows) -> float | None:
        scores, answered, losses = (column[rows] for column in sides[side])
        if name == "AUROC":
            return auroc(scores, answerable[rows])
        if name == "AURC":
            judged = ~np.isnan(losses)
            return aurc(scores[judged], losses[judged])
        return balanced_accuracy(list(answered), list(answerable[rows]))

    found = {}
    for name in ("AUROC", "AURC", "balanced_accuracy"):
        everything = np.arange(len(pairs))
        then, now = measured(name, 0, everything), measured(name, 1, everything)
        if then is not None and now is not None:
            difference = _difference(measured, name)
            found[name] = _figure(then, now, interval(difference, len(pairs), seed), len(pairs))
    return found


def _difference(
    measured: Callable[[str, int, Rows], float | None], name: str
) -> Callable[[Rows], float | None]:
    def difference(rows: Rows) -> float | None:
        then, now = measured(name, 0, rows), measured(name, 1, rows)
        return None if then is None or now is None else now - then

    return difference


def _figure(
    then: float, now: float, bounds: tuple[float, float] | None, n: int
) -> dict[str, float | int | None]:
    low, high = bounds or (None, None)
    rounded = {"first": then, "second": now, "difference": now - then, "low": low, "high": high}
    return {
        **{name: None if value is None else round(value, 6) for name, value in rounded.items()},
        "n": n,
    }


def _change(pair: Pair) -> Mapping[str, Any] | None:
    """The measures of a question that differ, and their sum; None if none does."""
    then, now = _values(pair[0]), _values(pair[1])
    gains = {
        name: round((now[name] - then[name]) * (-1 if name in LESS_IS_BETTER else 1), 6)
        for name in sorted(then.keys() & now.keys())
        if ":" not in name and now[name] != then[name]
    }
    if not gains:
        return None
    return {
        "id": pair[0]["id"],
        "kind": pair[0]["kind"],
        "question": pair[0]["turns"][-1],
        "change": round(sum(gains.values()), 6),
        "measures": gains,
    }
