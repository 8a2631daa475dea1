"""Languages are told apart by their letters, and only where those settle it."""

from __future__ import annotations

import pytest

from rag.language import UNSURE, language_name, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How many people were hurt?", "en"),
        ("Neçə nəfər yaralanıb?", "az"),
        ("Сколько человек было ранено в этом районе?", "ru"),
        ("Քանի՞ մարդ է վիրավորվել", "hy"),
        ("Wie viele Menschen wurden verletzt?", "de"),
        ("Combien de personnes ont été blessées ?", "fr"),
        ("Bu raporu kimler hazırladı ve nereye gönderdi?", "tr"),
    ],
)
def test_the_languages_of_the_reports_are_told_apart(text: str, language: str) -> None:
    """A question in any of the languages in which such reports appear is recognised."""
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "?", "274", "mine maps", "Aghdam 2022", "😀", "\ud800"])
def test_what_letters_do_not_settle_is_left_open(text: str) -> None:
    """Names, numbers and a word or two are of no language in particular."""
    assert language_of(text) == UNSURE


def test_a_long_english_text_with_foreign_names_is_english() -> None:
    """Names of places do not decide."""
    assert language_of("Families left Ağdam, Füzuli and Şuşa; they have not come back.") == "en"


def test_unknown_languages_are_named_by_their_code() -> None:
    """Every language can be named to a user, the rare ones by their code."""
    assert language_name("hy") == "Armenian"
    assert "xh" in language_name("xh")
