"""Whether a written sentence is covered by the passages that it cites: rules on words alone."""

from rag.support.check import Source, Verdict, check
from rag.support.marks import clean, parse

__all__ = ["Source", "Verdict", "check", "clean", "parse"]
