"""robots.txt, as RFC 9309 reads it: the longest rule that fits decides, and allowing wins a tie."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST = 500 << 10
"""Bytes of a robots.txt that are read; the standard asks for as many."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt says to one product: (pattern, allowed) pairs, and a pause in seconds."""

    patterns: tuple[tuple[str, bool], ...] = ()
    delay: float = 0.0

    def allow(self, target: str) -> bool:
        """Whether path and query may be fetched."""
        fits = [(len(rule), allowed) for rule, allowed in self.patterns if _fits(rule, target)]
        return max(fits, default=(0, True))[1]


NOTHING_FORBIDDEN = Rules()
ALL_FORBIDDEN = Rules((("/", False),))


def rules_for(product: str, data: bytes) -> Rules:
    """The rules of the groups that name `product`, or of those for everybody."""
    groups = list(_groups(data[:MOST].decode("utf-8", "replace").splitlines()))
    own = [lines for agents, lines in groups if product.lower() in agents]
    everybody = [lines for agents, lines in groups if "*" in agents]
    lines = [line for group in own or everybody for line in group]
    patterns = ((value, key == "allow") for key, value in lines if key != "crawl-delay" and value)
    delays = (_seconds(value) for key, value in lines if key == "crawl-delay")
    return Rules(tuple(patterns), max(delays, default=0.0))


def _groups(lines: Iterable[str]) -> Iterable[tuple[set[str], list[tuple[str, str]]]]:
    """Agents that stand together share the rules that follow them."""
    agents: set[str] = set()
    rules: list[tuple[str, str]] = []
    for line in lines:
        key, _, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        key = key.lower().lstrip("\ufeff")
        if key == "user-agent":
            if rules:
                yield agents, rules
                agents, rules = set(), []
            agents.add(value.partition("/")[0].strip().lower())
        elif key in ("allow", "disallow", "crawl-delay"):
            rules.append((key, value))
    yield agents, rules


def _fits(rule: str, target: str) -> bool:
    """`*` stands for anything, a `$` at the end for the end."""
    ends = rule.endswith("$")
    parts = rule.removesuffix("$").split("*")
    # Patterns of many stars would make a backtracking match slow; the first fit is enough.
    place = 0
    for number, part in enumerate(parts):
        found = target.find(part, place)
        if found < 0 or (number == 0 and found):
            return False
        place = found + len(part)
    return not ends or (target.endswith(parts[-1]) and (len(parts) > 1 or place == len(target)))


def _seconds(value: str) -> float:
    return float(value) if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", value) else 0.0
