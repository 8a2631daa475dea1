"""Conversations: what a question lacks, taken from the turns before it."""

from rag.conversation.lookup import BETWEEN, Lookup, lookup, remembered, turns_of
from rag.conversation.parts import (
    divided,
    hits_in_turn,
    readings_in_turn,
    unaided,
    voice_asked,
)
from rag.conversation.repairs import consents
from rag.conversation.searching import AGREE, Contextual, settled

__all__ = [
    "AGREE",
    "BETWEEN",
    "Contextual",
    "Lookup",
    "consents",
    "divided",
    "hits_in_turn",
    "lookup",
    "readings_in_turn",
    "remembered",
    "settled",
    "turns_of",
    "unaided",
    "voice_asked",
]
