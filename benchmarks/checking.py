"""How well the check of written sentences tells true ones from false ones.

    python -m benchmarks.checking [--sets FOLDER] [--half develop]

On sentences made from the passages of clapnq, doc2dial and squad2 (`benchmarks.twisted`), and on
sentences of the answers that people wrote to clapnq's questions. A rule may be made from what
`--half develop` shows, one half of clapnq's passages by their ids; the figures are of the other
half and of the other sets. They say nothing of errors that resemble none of these changes.
"""

from __future__ import annotations

import argparse
import json
import random
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import texts
from benchmarks.measuring import keep
from benchmarks.twisted import Sample, false_samples, true_samples
from rag.support import Source, check
from rag.text import sentences
from rag.types import Status

SETS = ("clapnq", "doc2dial", "squad2")
_MOST = 100
"""Sentences of each kind, drawn from all that can be made."""


def main() -> None:
    """Prints one table, and keeps it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=Path, default=texts.CORPORA)
    parser.add_argument("--half", choices=("report", "develop"), default="report")
    parser.add_argument("--show", default="", help="print the sentences of a kind that go wrong")
    options = parser.parse_args()
    names = SETS if options.half == "report" else SETS[:1]
    figures = {
        name: _measured(options.sets / name, options.half == "develop", options.show)
        for name in names
    }
    _print(figures)
    if options.half == "report":
        keep("checking", {"sets": figures})


def _measured(folder: Path, develop: bool, show: str) -> dict[str, list[float]]:  # noqa: FBT001
    """For each kind: the share that is removed, and of how many."""
    chance = random.Random(7)  # noqa: S311 - the same sentences each time
    passages = _passages(folder, develop)
    true = true_samples(list(passages.values()))
    false = false_samples(true, list(passages.values()), chance)
    written = _written(folder, passages)
    kinds = {**true, **({"written by people": written} if written else {}), **false}
    shares = {}
    for kind, samples in kinds.items():
        some = chance.sample(samples, min(_MOST, len(samples)))
        removed = [_removed(sample) for sample in some]
        for sample, reason in zip(some, removed, strict=True):
            if kind == show and bool(reason) == (kind not in false):
                print(f"{reason or 'kept'}: {sample.text}\n    {sample.passage}\n")
        shares[kind] = [sum(map(bool, removed)) / len(some), len(some)]
    for whole, parts in (("all true", true), ("all false", false)):
        shares[whole] = [
            sum(shares[kind][0] for kind in parts) / len(parts),
            sum(shares[kind][1] for kind in parts),
        ]
    return shares


def _removed(sample: Sample) -> str:
    """Why the sentence is removed; empty if it is not."""
    verdict = check(sample.text, [Source(sample.passage)])
    return verdict.reason if verdict.status is Status.UNSUPPORTED else ""


def _passages(folder: Path, develop: bool) -> dict[str, str]:  # noqa: FBT001
    """By id: one half of clapnq, all of the others."""
    with (folder / "corpus.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    halved = folder.name == SETS[0]
    return {
        row["_id"]: row["text"]
        for row in rows
        if not halved or (zlib.crc32(row["_id"].encode()) % 2 == 0) == develop
    }


def _written(folder: Path, passages: Mapping[str, str]) -> list[Sample]:
    """Sentences of answers that people wrote from a passage; no set but clapnq has them."""
    if folder.name != SETS[0]:
        return []
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        cited = dict(line.split("\t")[:2] for line in list(file)[1:])
    with (folder / "answers.jsonl").open(encoding="utf-8") as file:
        answers = [json.loads(line) for line in file]
    return [
        Sample(sentence, passages[cited[each["_id"]]], "written by people")
        for each in answers
        if each["answerable"] and cited.get(each["_id"]) in passages
        for answer in each["answers"][:1]
        for sentence in (span.of(answer) for span in sentences(answer))
    ]


def _print(figures: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    print("removed".ljust(24), *(name.rjust(16) for name in figures))
    for kind in next(iter(figures.values())):
        cells = (
            f"{shares[kind][0]:.3f} of {shares[kind][1]:5.0f}" if kind in shares else "-"
            for shares in figures.values()
        )
        print(kind.ljust(24), *(cell.rjust(16) for cell in cells))


if __name__ == "__main__":
    main()
