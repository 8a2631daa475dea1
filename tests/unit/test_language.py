"""Languages are told apart by their letters, and only where those settle it."""

from __future__ import annotations

import pytest

from rag.language import UNSURE, language_name, language_of, language_of_document


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


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The maps of the mined land were handed over in June. They are old.", "en"),
        ("Azərbaycan Respublikasının Müvəkkili bəyanat verib. Report: What the maps show.", "az"),
        ("Доклад о минах и о людях, которые от них пострадали. См.: What the maps show.", "ru"),
        ("Մարդու իրավունքների պաշտպանը զեկույց է հրապարակել։ See: The maps.", "hy"),
        ("Die Karten der Minenfelder wurden im Juni übergeben. Titel: What the maps show.", "de"),
        ("Les cartes des champs de mines ont été remises en juin. Voir: What the maps show.", "fr"),
        ("Mayın tarlalarının haritaları haziran ayında teslim edildi. Bkz. What we know.", "tr"),
        ("\n\f\n" * 9_000 + "Les cartes des champs de mines ont été remises en juin.", "fr"),
        ("Name;Date;Number\nAghdam;2020;3\nFuzuli;2021;4\n", UNSURE),
        ("\ud800 12 13 14", UNSURE),
        ("", UNSURE),
    ],
)
def test_a_document_is_in_the_language_of_most_of_its_beginning(text: str, language: str) -> None:
    """An English title in it makes no report English; tables and numbers are of no language."""
    assert language_of_document(text) == language


def test_unknown_languages_are_named_by_their_code() -> None:
    """Every language can be named to a user, the rare ones by their code."""
    assert language_name("hy") == "Armenian"
    assert "xh" in language_name("xh")
