"""Conditions on figures, such as "nDCG@10=0.85": what a run must reach to pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rag.errors import ConfigError
from rag.evaluation.summary import LESS_IS_BETTER


def parsed(
    conditions: Sequence[str], option: str, default: float | None = None
) -> dict[str, float]:
    """The limit of each measure; one without "=" has the default, if there is one."""
    limits: dict[str, float] = {}
    for condition in conditions:
        name, equals, number = condition.partition("=")
        if not equals and default is not None:
            limits[name] = default
            continue
        try:
            limits[name.strip()] = float(number)
        except ValueError as error:
            raise ConfigError(f'{option} {condition}: write it like "nDCG@10=0.85".') from error
    return limits


def too_low(metrics: Mapping[str, Any], limits: Mapping[str, float]) -> list[str]:
    """One sentence for each measure on the wrong side of its limit."""
    failures = []
    for name, limit in limits.items():
        value = _figure(metrics["measures"], name)["value"]
        if value > limit if name in LESS_IS_BETTER else value < limit:
            word = "above" if name in LESS_IS_BETTER else "below"
            failures.append(f"{name} is {value:.4f}, {word} {limit:g}.")
    return failures


def worse(comparison: Mapping[str, Any], limits: Mapping[str, float]) -> list[str]:
    """One sentence for each measure that fell by more than its limit from the first run."""
    failures = []
    for name, limit in limits.items():
        difference = _figure(comparison["measures"], name)["difference"]
        loss = difference if name in LESS_IS_BETTER else -difference
        if loss > limit:
            failures.append(f"{name} is worse by {loss:.4f}, more than {limit:g}.")
    return failures


def _figure(measures: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - out of JSON
    if name not in measures:
        raise ConfigError(f"There is no measure {name!r} here; there are {', '.join(measures)}.")
    return measures[name]
