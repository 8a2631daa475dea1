"""What became of one question, in a word and a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from rag.evaluation.records import Record


@dataclass(frozen=True, slots=True)
class Verdict:
    """`mark` is "good", "partly" or "bad"."""

    mark: str
    text: str


def verdict(record: Record) -> Verdict:
    """Judged by the decision to answer, then by what was shown, then by what was found."""
    answered = bool(record["measures"]["answered"])
    if record["answer"] is None:
        return Verdict("bad", f"Not asked: {record['error']}")
    if not record["answerable"] and answered:
        return Verdict("bad", "Answered, though the documents do not say.")
    if not record["answerable"]:
        return Verdict("good", "Rightly not answered.")
    if record["measures"].get("loss", 0.0) > 0:
        mark = "partly" if answered and _shown(record) else "bad"
        return Verdict(mark, f"{'Answered' if answered else 'Not answered'}; {_missed(record)}")
    if answered:
        return Verdict("good", "Answered, and the right place comes first.")
    return Verdict("partly", "Not answered, though the right place is the first one shown.")


def _shown(record: Record) -> bool:
    return any(record["measures"].get(name) for name in ("evidence@3", "page@3"))


def _missed(record: Record) -> str:
    """Where the right place was lost."""
    if _shown(record):
        return "the right place is among the first three shown, but not the first."
    ranks = {name: each["ranks"] for name, each in record["retrievers"].items()}
    found = ", ".join(
        f"{name} at rank {places[0]}" if places else f"{name} not at all"
        for name, places in ranks.items()
    )
    return (
        f"the right place is not shown (search finds it: {found})."
        if found
        else ("the right place is not shown.")
    )
