"""A verdict in the browser, from the press to the evaluation that asks the question again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from rag.bootstrap import open_library
from rag.config import Settings
from rag.ui.feedback import Feedback
from tests.conftest import ROOT
from tests.ui.conftest import Tab, serving
from tests.ui.fakes import LANDMINES, UNKNOWN, FakeLibrary

pytestmark = pytest.mark.browser

OpenTab = Callable[..., Tab]
THANKS = "one of the questions that every evaluation asks"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The file for verdicts."""
    return tmp_path / "kept.jsonl"


@pytest.fixture
def inquiring(kept: Path) -> Iterator[str]:
    """Where a page asks for verdicts."""
    with serving(FakeLibrary(), Feedback(kept)) as address:
        yield address


def cases(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def judge(page: Page, number: int, word: str) -> None:
    page.locator(f"#answer-{number} .judging").get_by_role("link", name=word).click()


def test_yes_is_kept_at_once_and_once(open_tab: OpenTab, inquiring: str, kept: Path) -> None:
    """One press keeps the question with its evidence, a second one says that it is kept."""
    tab = open_tab(inquiring)
    tab.ask(LANDMINES)
    judge(tab.page, 1, "Yes")
    expect(tab.page.get_by_role("status", name="Verdict")).to_contain_text(THANKS)
    [case] = cases(kept)
    assert (case["kind"], case["answers"]) == ("feedback-right", ["274"])
    judge(tab.page, 1, "Yes")
    expect(tab.page.locator("#judging-outcome")).to_contain_text("already")
    assert len(cases(kept)) == 1
    assert not tab.complaints
    assert not tab.strays


def test_no_asks_what_is_right_and_keeps_it(open_tab: OpenTab, inquiring: str, kept: Path) -> None:
    """By keyboard: the form takes the focus, wants a choice, and keeps the chosen passage."""
    tab = open_tab(inquiring)
    page = tab.page
    tab.ask(LANDMINES)
    page.locator("#answer-1 .judging").get_by_role("link", name="No").press("Enter")
    form = page.locator("#judging")
    expect(form.get_by_role("radio").first).to_be_focused()
    form.get_by_role("button", name="Keep as a test question").click()
    expect(page.locator("#judging-outcome")).to_contain_text("Choose what would have been right")
    form.get_by_role("radio", name="3 – “it was discovered").check()
    form.get_by_label("What was wrong").fill("It is about the mines in the ground.")
    form.get_by_role("button", name="Keep as a test question").click()
    expect(page.locator("#judging-outcome")).to_contain_text(THANKS)
    expect(form).to_be_hidden()
    [case] = cases(kept)
    assert case["evidence"] == [FakeLibrary().answers[LANDMINES].presented[0].quote]
    assert case["note"] == "It is about the mines in the ground."
    assert not tab.complaints


def test_silence_can_be_the_right_answer(open_tab: OpenTab, inquiring: str, kept: Path) -> None:
    """“The documents do not say” is a choice, cancelling keeps nothing, and turns go along."""
    tab = open_tab(inquiring)
    page = tab.page
    tab.ask(UNKNOWN)
    expect(page.locator("#answer-1 .judging")).to_be_visible()
    tab.ask(LANDMINES)
    judge(page, 2, "No")
    form = page.locator("#judging")
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_be_hidden()
    assert cases(kept) == []
    judge(page, 2, "No")
    form.get_by_role("radio", name="The documents do not say.").check()
    form.get_by_role("button", name="Keep as a test question").click()
    expect(page.locator("#judging-outcome")).to_contain_text(THANKS)
    [case] = cases(kept)
    assert case["turns"] == [UNKNOWN, LANDMINES]
    assert (case["answerable"], case["evidence"]) == (False, [])


def test_without_a_file_nobody_is_asked(open_tab: OpenTab) -> None:
    """Where no setting names a file there is neither question nor form."""
    tab = open_tab()
    tab.ask(LANDMINES)
    expect(tab.page.locator("#answer-1 .foot")).to_be_visible()
    expect(tab.page.locator(".judge, #judging, #judged")).to_have_count(0)


@pytest.mark.model
def test_a_press_in_the_browser_becomes_a_question_of_an_evaluation(
    open_tab: OpenTab, kept: Path, tmp_path: Path, shipped: Settings
) -> None:
    """`rag eval` runs on the file as it is, finds the evidence, and measures the answer."""
    with serving(open_library(shipped), Feedback(kept)) as address:
        tab = open_tab(address)
        tab.ask(LANDMINES)
        tab.page.locator("#answer-1 .judging").wait_for(timeout=60_000)
        judge(tab.page, 1, "No")
        tab.page.locator("#judging").get_by_role("radio").first.check()
        tab.page.get_by_role("button", name="Keep as a test question").click()
        expect(tab.page.locator("#judging-outcome")).to_contain_text(THANKS)
    out = tmp_path / "run"
    command = [sys.executable, "-m", "rag", "eval", str(kept), "--out", str(out)]
    command += ["--documents", str(shipped.documents), "--index", str(shipped.index)]
    environment = {**os.environ, "RAG_EXPORTS": shipped.exports}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    metrics = json.loads((out / "metrics.json").read_text("utf-8"))
    assert metrics["faults"] == []
    [answer] = (out / "answers.jsonl").read_text("utf-8").splitlines()
    assert json.loads(answer)["id"].startswith("feedback-")
