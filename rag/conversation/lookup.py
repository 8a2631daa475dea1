"""What is searched for a question, and what is read with it in mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.conversation.dependence import depends
from rag.conversation.repairs import consents, corrected
from rag.text import content_terms, fold
from rag.types import Answer, Status, Turn

TURNS, SAID = 6, 3
"""How many earlier questions are searched beside this one, and of how many turns what was said."""
TERMS = 40
"""Words taken from what was said in answer."""
SHOWN = 8
"""Of them, how many are shown."""
BETWEEN = " · "
"""Stands between the turns of which something was searched."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """One question ready to be searched.

    `words` is the question as it is read: with the earlier turns in front that it hangs on.
    `before` are the earlier questions, newest first, and `said` the words of their answers, which
    are searched beside it, with more weight if it is `dependent`.
    """

    question: str
    words: str
    before: tuple[str, ...] = ()
    said: str = ""
    dependent: bool = False

    @property
    def context(self) -> str:
        """What came before, as one text; empty if nothing is carried over."""
        return " ".join(filter(None, (*self.before, self.said)))

    @property
    def texts(self) -> tuple[str, ...]:
        """What is searched: the question alone, and together with what came before."""
        if not self.context:
            return (self.question,)
        return self.question, f"{self.question} {self.context}"

    @property
    def searched(self) -> str:
        """Everything that is searched, to be shown; of many words from answers, the first."""
        further = [each for each in self.before if each not in self.words]
        said = self.said.split()
        shown = " ".join([*said[:SHOWN], *(["…"] if len(said) > SHOWN else [])])
        return BETWEEN.join(filter(None, (self.words, *further, shown)))

    @property
    def key(self) -> str:
        """Names the search beyond doubt."""
        return self.texts[-1]


def lookup(question: str, history: Sequence[str | Turn]) -> Lookup:
    """The question with what it may lack; `history` holds the earlier turns, oldest first.

    Consent ("Yes, please") asks the question that was suggested; a correction ("No, I meant 2021")
    asks the earlier question anew, without what was said to it. So they do among the earlier
    turns, where each stands for what it came to ask.
    """
    turns: list[Turn] = []
    for turn in turns_of(history):
        meant, turns = _meant(turn.question, turns)
        turns.append(replace(turn, question=meant))
    return _with(*_meant(question, turns))


def _meant(question: str, turns: list[Turn]) -> tuple[str, list[Turn]]:
    """What is asked by consent or a correction, and the turns it goes on from: a corrected one is
    none of them.
    """
    if turns and turns[-1].offered and consents(question):
        return turns[-1].offered, turns
    mended = corrected(question, turns[-1].question) if turns else None
    return (question, turns) if mended is None else (mended, turns[:-1])


def remembered(answer: Answer) -> Turn:
    """The turn that an answer makes for the questions after it: what was asked, and cited.

    What could not be found in the documents again is nothing that was said.
    """
    quotes = (each.quote for each in answer.citations if each.status is not Status.UNSUPPORTED)
    return Turn(answer.question, " ".join(quotes))


def turns_of(history: Sequence[str | Turn]) -> list[Turn]:
    """The turns; a question alone is one of which nothing else is known."""
    return [each if isinstance(each, Turn) else Turn(each) for each in history]


def _with(question: str, turns: Sequence[Turn]) -> Lookup:
    if not turns:
        return Lookup(question, question)
    before = tuple(turn.question for turn in reversed(turns[-TURNS:]) if turn.question.strip())
    dependent = depends(question)
    words = _chain(question, turns) if dependent else question
    return Lookup(question, words, before, _said(turns[-SAID:], before), dependent)


def _chain(question: str, turns: Sequence[Turn]) -> str:
    """The question behind those that it hangs on: back to the last that stands alone."""
    kept: list[str] = []
    for turn in reversed(turns[-TURNS:]):
        kept.insert(0, turn.question)
        if not depends(turn.question):
            break
    return " ".join(filter(None, [*kept, question]))


def _said(turns: Sequence[Turn], before: Sequence[str]) -> str:
    """The words of the last answers that carry meaning, newest first, each once."""
    known = {term.stem for text in before for term in content_terms(text)}
    found: dict[str, str] = {}
    for turn in reversed(turns):
        for term in content_terms(turn.said):
            if term.stem not in known and fold(term.word).text:
                found.setdefault(term.stem, term.word)
    return " ".join(list(found.values())[:TERMS])
