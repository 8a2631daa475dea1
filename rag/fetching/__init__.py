"""Documents fetched from their publishers: only what the catalogue allows, and nothing twice."""

from rag.fetching.fetcher import Fate, Fetched, Fetcher, Wanted
from rag.fetching.web import Limits, Web

__all__ = ["Fate", "Fetched", "Fetcher", "Limits", "Wanted", "Web"]
