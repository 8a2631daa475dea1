"""report.html and compare.html: pages that need nothing but themselves, with every text escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from rag.evaluation import plots
from rag.evaluation.records import Record
from rag.evaluation.summary import LESS_IS_BETTER, score
from rag.evaluation.verdicts import Verdict, verdict

if TYPE_CHECKING:
    from jinja2 import Environment

LISTED = 1_000
"""Questions on one page; beyond, those that went worst are kept."""
_MEANINGS = {
    "nDCG@10": "ranking of passages, graded",
    "R@5": "share of the relevant among five",
    "R@100": "share of the relevant among a hundred",
    "RR": "one over the rank of the first relevant passage",
    "Success@1": "relevant passage ranked first",
    "Success@3": "relevant passage among three",
    "Success@5": "relevant passage among five",
    "F1": "words that answer; abstaining scores 0",
    "EM": "the very words of a gold answer",
    "F1_text": "words of the whole answer",
    "F1_unguarded": "words of the best place, answered or not",
    "F1_overall": "with 1 for rightly abstaining",
    "F1_best": "F1_overall at the best threshold",
    "evidence@1": "evidence is what is shown first",
    "evidence@3": "evidence among the first three shown",
    "citation_recall": "share of the evidence that is cited",
    "citation_precision": "share of what is cited that is evidence",
    "citation_exactness": "quotes equal to the source, with pages",
    "page@1": "right page shown first",
    "page@3": "right page among three shown",
    "page@5": "right page among five shown",
    "AUROC": "scores part answerable from unanswerable",
    "AURC": "mean risk over all coverages",
    "answered_share": "of the answerable, answered",
    "refused_share": "of the unanswerable, refused",
    "balanced_accuracy": "mean of the two shares",
}
_HEADLINES = (
    "nDCG@10", "evidence@1", "evidence@3", "page@5", "F1", "citation_exactness", "AUROC",
    "balanced_accuracy",
)  # fmt: skip
_KIND_COLUMNS = (
    "Success@1", "evidence@1", "evidence@3", "page@5", "F1", "citation_recall",
    "citation_precision", "answered_share", "refused_share", "AUROC",
)  # fmt: skip
_SEARCH_BARS = ("nDCG@10", "RR", "Success@1", "Success@5", "R@100")
_ORDER = {"bad": 0, "partly": 1, "good": 2}


@dataclass(frozen=True, slots=True)
class Case:
    """One question as the page shows it."""

    record: Record
    verdict: Verdict
    score: float

    @property
    def shown(self) -> Sequence[Mapping[str, Any]]:
        """What the answer laid before its reader, in order."""
        answer = self.record["answer"] or {"citations": (), "presented": ()}
        return [*answer["citations"], *answer["presented"]]


def report(metrics: Mapping[str, Any], records: Sequence[Record]) -> str:
    """The page for one run."""
    cases = [Case(each, verdict(each), score(each)) for each in records]
    cases.sort(key=lambda case: _ORDER[case.verdict.mark])
    measures = metrics["measures"]
    kinds = metrics["by_kind"]
    columns = [
        name for name in _KIND_COLUMNS if any(name in each["measures"] for each in kinds.values())
    ]
    return _page(
        "report.html",
        metrics=metrics,
        meanings=_MEANINGS,
        headlines=[(name, measures[name]) for name in _HEADLINES if name in measures],
        columns=columns,
        cases=cases[:LISTED],
        left_out=len(cases) - len(cases[:LISTED]),
        marks=Counter(case.verdict.mark for case in cases),
        plots=list(_plots(metrics)),
        less_is_better=LESS_IS_BETTER,
    )


def comparison_report(comparison: Mapping[str, Any]) -> str:
    """The page for two runs."""
    return _page("compare.html", comparison=comparison, less_is_better=LESS_IS_BETTER)


def _plots(metrics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Titles with images, for what the run has figures of."""
    searches = {name: each for name, each in metrics["by_retriever"].items() if each}
    if searches:
        known = next(iter(searches.values()))
        bars = [name for name in _SEARCH_BARS if name in known]
        yield "Kinds of search", plots.searches(searches, bars)
    if metrics["risk_coverage"]:
        yield "Risk and coverage", plots.risk_coverage(metrics["risk_coverage"], _working(metrics))
    if metrics["calibration"]:
        image = plots.calibration(metrics["calibration"], metrics["settings"]["threshold"])
        yield "Calibration of the score", image


def _working(metrics: Mapping[str, Any]) -> Sequence[float] | None:
    """The point of the curve at the share of questions that were answered."""
    shares = {name: metrics["measures"].get(name) for name in ("answered_share", "refused_share")}
    total = sum(each["n"] for each in shares.values() if each)
    answered = sum(
        each["n"] * (each["value"] if name == "answered_share" else 1 - each["value"])
        for name, each in shares.items()
        if each
    )
    if not total:
        return None
    points: Sequence[Sequence[float]] = metrics["risk_coverage"]
    return min(points, key=lambda point: abs(point[0] - answered / total))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - of the extra

    made = Environment(
        loader=PackageLoader("rag.evaluation", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["figure"] = lambda value: "" if value is None else f"{value:.3f}"
    made.filters["signed"] = lambda value: "" if value is None else f"{value:+.3f}"
    return made


def _page(name: str, **content: object) -> str:
    page: str = _environment().get_template(name).render(content)
    return page
