"""What a written sentence must not get wrong: each rule gives a reason, or an empty string."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from rag.support.aligned import TELLING, Aligned, exchanged
from rag.support.words import MONTHS, Kind, Word, grouped, held, listed, same
from rag.support.words import dates as dates_in

_SIDE = 3
"""Words with meaning on either side of a name or number that say what it is about."""
_ROOM = 6
_NEAR, _WIDE = 2, 4
"""How far a negation reaches: surely, and at most, in words with meaning."""
_PLAIN = listed("not no never cannot")
_COPY = 0.75
"""Share of a sentence's words that a copy of it holds."""
_ARTICLES = listed("the a an")
_TIES = listed("of by from against with for to in")
_STRONG = {
    "all": "all every",
    "every": "all every",
    "only": "only",
    "most": "most",
    "always": "always",
}
_HEDGES = listed("alleg purport suppos suspect so-cal claim reported reportedli doubt")
_OPPOSITE_PAIRS = """
    increas decreas, increas declin, increas fell, increas reduc, rise fall, rose fell, grow shrink,
    more fewer, more less, higher lower, befor after, refus agre, refus accept, refus provid,
    accept reject, confirm deni, allow prohibit, allow forbid, support oppos, condemn prais,
    condemn welcom, condemn support, start end, start stop, began end, free captur, return kept,
    return held, liber occupi, biased impartial, bias fair, unfair fair, reliabl unreli, dead aliv,
    success fail, civilian militari, civilian soldier, first second, first last, first third,
    insid outsid, includ exclud, minimum maximum, resolv unresolv, open close, respect disrespect,
    mani few, rapid slowli, slow rapid, regular rare, regular seldom, often rare, repeat once,
    stress denied, stress downplay, invit forbad, invit forbid, kill injur, kill surviv,
    discov deni, sign reject, sent withheld, sent refus, visit avoid, voluntarili forcibl,
    import unimport, bias neutral, objectiv bias, threaten protect, undermin strengthen,
    endanger protect, leav enter, baseless justifi, baseless well-found, possibl imposs,
    missing found, disregard respect, numer few, still longer
"""
_OPPOSITES = [tuple(pair.split()) for pair in _OPPOSITE_PAIRS.replace("\n", " ").split(",")]


def numbers(aligned: Aligned) -> str:
    """Every number must be in a cited passage."""
    for word in _of(aligned.said, Kind.NUMBER):
        if word.key not in aligned.everything | _numbers(aligned):
            return f"the number {word.text} is not in the cited passage"
    return ""


def dates(aligned: Aligned) -> str:
    """Day, month and year of one date must stand together."""
    known = [date for source in aligned.sources for date in dates_in(source)]
    for date in dates_in(aligned.text):
        if not any(date.items() <= other.items() for other in known):
            return f"the date {' '.join(date.values())} is not in the cited passage"
    written = {value for date in dates_in(aligned.text) for value in date.values()}
    for place, word in enumerate(aligned.said):
        if word.kind is Kind.NUMBER and _dated(aligned.said, place) and word.key not in written:
            return f"the number {word.text} is no part of that date"
    return ""


def names(aligned: Aligned) -> str:
    """Every name must be in a cited passage, or name the source or its speaker."""
    for word in _of(aligned.said, Kind.NAME):
        if word.key not in aligned.everything | aligned.about:
            return f"the name {word.text} is not in the cited passage"
    return ""


def roles(aligned: Aligned) -> str:
    """A name or number must stand among the words among which the source has it.

    Another one of its kind that fits better there means that the two were exchanged.
    """
    said = grouped(aligned.said)
    for place, word in enumerate(said):
        if word.kind not in {Kind.NUMBER, Kind.NAME} or _dated(said, place):
            continue
        if word.kind is Kind.NAME and _speaks(said, place):
            if not (_names(word, aligned.about) or _names(word, aligned.near[0].keys)):
                return f"the passage is not by {word.text}"
            continue
        beside = set(_beside(said, place, word.kind, _SIDE))
        fits = _fits(aligned, word.kind, beside)
        own = max((fit for key, fit in fits.items() if same(key, word.key)), default=0.0)
        rival = max((fit for key, fit in fits.items() if not same(key, word.key)), default=0.0)
        if rival > own + 1 or _linked_otherwise(aligned, said, place):
            return f"“{word.text}” does not stand for what the passage says it of"
    return ""


def substituted(aligned: Aligned) -> str:
    """Where the sentence follows the source word by word, no name or number may stand in another's
    place.
    """
    for best in aligned.near[:1]:
        for old, new in exchanged(aligned.said, best.words):
            for kind in (Kind.NAME, Kind.NUMBER):
                theirs, ours = _of(best.words[old], kind), _of(aligned.said[new], kind)
                lost, put = _without(theirs, ours), _without(ours, theirs)
                if lost and any(word.key not in aligned.about for word in put):
                    return f"it puts “{put[0].text}” in the place of “{lost[0].text}”"
    return ""


def _without(words: Sequence[Word], others: Sequence[Word]) -> list[Word]:
    keys = {word.key for word in others}
    return [word for word in words if word.key not in keys]


def _speaks(words: Sequence[Word], place: int) -> bool:
    """Whether the name is of who is said to say it: "X says that ...", "According to X, ..."."""
    before = [word.text.lower() for word in words[max(0, place - 3) : place]]
    after = next((word for word in words[place + 1 :] if word.kind is not Kind.FUNCTION), None)
    return "according" in before or (place <= _NEAR and after is not None and after.key in TELLING)


def _names(word: Word, known: frozenset[str]) -> bool:
    return all(held(part, known) for part in word.key.split())


def _dated(words: Sequence[Word], place: int) -> bool:
    """Whether the word stands beside a month, or beside a number that does."""
    for step in (-1, 1):
        for at in (place + step, place + 2 * step):
            if not 0 <= at < len(words):
                break
            if any(part in MONTHS for part in words[at].text.lower().split()):
                return True
            if words[at].kind is not Kind.NUMBER or len(words[at].key) > 2:  # noqa: PLR2004 - a day
                break
    return False


def _fits(aligned: Aligned, kind: Kind, beside: Collection[str]) -> dict[str, float]:
    """For each name or number of the sources, how many of these words stand near it at best."""
    fits: dict[str, float] = {}
    for sentence in aligned.all_of:
        words = grouped(sentence.words)
        for place, word in enumerate(words):
            if word.kind is kind:
                around = frozenset(_beside(words, place, kind, _ROOM))
                score = sum(held(key, around) for key in beside)
                fits[word.key] = max(fits.get(word.key, 0.0), score)
    return fits


def _beside(words: Sequence[Word], place: int, kind: Kind, reach: int) -> Iterator[str]:
    """The keys of words with meaning on either side, up to the next number from a number."""
    for step in (-1, 1):
        left, at = reach, place + step
        while 0 <= at < len(words) and left:
            if words[at].kind is kind is Kind.NUMBER:
                break
            if words[at].kind is Kind.CONTENT:
                yield words[at].key
                left -= 1
            at += step


def _linked_otherwise(aligned: Aligned, said: Sequence[Word], place: int) -> bool:
    """Whether the nearest sentence ties the words next to this one only to others of its kind."""
    links = set(_links(said, place))
    for sentence in aligned.near:
        words = grouped(sentence.words)
        tied = [
            (link, each.key)
            for at, each in enumerate(words)
            if each.kind is said[place].kind
            for link in _links(words, at)
        ]
        for link in links:
            keys = [key for known, key in tied if known == link]
            if keys:
                return not any(same(key, said[place].key) for key in keys)
    return False


def _links(words: Sequence[Word], place: int) -> Iterator[tuple[str, str]]:
    """What a name or number is tied to: ("", "authorities") before, ("of", "territories") after."""
    next_two = [word.text.lower() for word in words[place + 1 : place + 3]]
    among = next_two[:1] == ["of"] and next_two[1:] != ["them"]
    starts = next_two[:1] and next_two[0] in _ARTICLES
    for after in () if among or starts else words[place + 1 :]:
        if after.kind is Kind.CONTENT:
            yield "", after.key
        if after.kind is not Kind.FUNCTION or words[place].kind is Kind.NAME:
            break
    before = [word for word in words[:place] if word.text.lower() not in _ARTICLES][-2:]
    if len(before) == 2 and before[1].text.lower() in _TIES and before[0].kind is Kind.CONTENT:  # noqa: PLR2004
        yield before[1].text.lower(), before[0].key


def negations(aligned: Aligned) -> str:
    """What is denied must be denied there, and what is denied there must not be affirmed."""
    ours, ours_wide = _denied(aligned.said, _NEAR), _denied(aligned.said, _WIDE)
    said = _content(aligned.said)
    if _doubled(aligned.said):
        return "it denies a denial"
    for key in _denied(aligned.said, 1):
        there = [each for each in aligned.near if held(key, _content(each.words))]
        if there and not any(held(key, _denied(each.words, _WIDE)) for each in there):
            return "it denies what the passage says"
    for best in aligned.near[:1]:
        theirs = _denied(best.words, _NEAR)
        if any(held(key, said) and not held(key, ours_wide) for key in theirs):
            return "it leaves out a negation of the passage"
        if _copied(aligned) and bool(ours) != bool(theirs):
            return "its negation is not that of the passage"
        if _copied(aligned) and len(_of(aligned.said, Kind.NEGATION)) > len(
            _of(best.words, Kind.NEGATION)
        ):
            return "it denies more than the passage"
    return ""


def _doubled(words: Sequence[Word]) -> bool:
    places = [place for place, word in enumerate(words) if word.key in _PLAIN]
    return any(two - one <= _WIDE and words[two].key != "nor" for one, two in pairwise(places))


def _denied(words: Sequence[Word], reach: int) -> frozenset[str]:
    found: set[str] = set()
    for place, word in enumerate(words):
        after = words[place + 1 :]
        if word.kind is not Kind.NEGATION or (after and after[0].key in {"onli", "just"}):
            continue
        following = [each.key for each in after if each.kind in {Kind.CONTENT, Kind.NAME}]
        found.update(following[:reach])
    return frozenset(found)


def opposites(aligned: Aligned) -> str:
    """No word may stand where the passage has its opposite."""
    if not aligned.near:
        return ""
    said = frozenset(word.key for word in aligned.said)
    known = aligned.near[0].keys
    for pair in _OPPOSITES:
        for ours, theirs in (pair, pair[::-1]):
            only_ours = _has(said, ours) and not _has(known, ours)
            if only_ours and _has(known, theirs) and not _has(said, theirs):
                return f"it says the opposite of “{theirs}”"
    return ""


def _has(keys: frozenset[str], stem: str) -> bool:
    return stem in keys or any(key.startswith(stem) and len(stem) > _WIDE for key in keys)


def quantities(aligned: Aligned) -> str:
    """It must not say "all", "only", "most" or "always" where the passage does not."""
    known = {word.text.lower() for each in aligned.near for word in each.words}
    before = ("", *(word.text.lower() for word in aligned.said))
    for word, previous in zip(aligned.said, before, strict=False):
        allowed = _STRONG.get(word.text.lower())
        if allowed and previous not in {"in", "at"} and not known.intersection(allowed.split()):
            return f"the passage does not say “{word.text}”"
    return ""


def order(aligned: Aligned) -> str:
    """In a sentence that is all but copied, names must keep their order."""
    if not aligned.near or not _copied(aligned):
        return ""
    ours = [word.key for word in _of(aligned.said, Kind.NAME)]
    theirs = [word.key for word in _of(aligned.near[0].words, Kind.NAME)]
    shared = [key for key in ours if key in theirs]
    if len(set(shared)) < _NEAR or sorted(shared) != sorted(set(shared)):
        return ""
    kept = [key for key in theirs if key in shared]
    passive = any(word.text == "by" for word in aligned.said)
    changed = passive != any(word.text == "by" for word in aligned.near[0].words)
    if len(kept) == len(shared) and kept != shared and not changed:
        return "its names stand in another order than in the passage"
    return ""


def unhedged(aligned: Aligned) -> str:
    """What the passage calls alleged or doubtful must be called so."""
    said = frozenset(word.key for word in aligned.said)
    for sentence in aligned.near[:1]:
        for place, word in enumerate(sentence.words[:-1]):
            hedged = word.key in _HEDGES and held(sentence.words[place + 1].key, said)
            if hedged and not said & _HEDGES:
                return f"it leaves out “{word.text}”"
    return ""


def _copied(aligned: Aligned) -> bool:
    """Whether most words of the nearest sentence are said again."""
    known = _content(aligned.near[0].words)
    said = frozenset(word.key for word in aligned.said)
    return bool(known) and sum(held(key, said) for key in known) / len(known) >= _COPY


def _content(words: Sequence[Word]) -> frozenset[str]:
    return frozenset(word.key for word in words if word.kind in {Kind.CONTENT, Kind.NAME})


def _numbers(aligned: Aligned) -> frozenset[str]:
    return frozenset(
        word.key for each in aligned.all_of for word in each.words if word.kind is Kind.NUMBER
    )


def _of(words: Sequence[Word], kind: Kind) -> list[Word]:
    return [word for word in words if word.kind is kind]
