"""Runs: rows that are kept, batches, what teachers change, and going on where a run stopped."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

from rag.reader.training.batches import Batch, Row, batches, collate, load_rows, save_rows
from rag.reader.training.prepare import DEVELOPMENT, LEARNT
from rag.reader.training.train import Plan, loss_of, run

ROWS = [
    Row(np.array([101, 5 + at % 3, 102, *range(10, 14 + at % 5), 102], np.uint16), 3, answer)
    for at, answer in enumerate([(0, 0), (3, 4), (5, 5), (4, 6)] * 5)
]


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    """Token numbers, places and answers of every list come back."""
    save_rows(tmp_path / "rows.npz", {"a": ROWS, "b": ROWS[:1]})
    back = load_rows(tmp_path / "rows.npz", "a")
    assert [row.ids.tolist() for row in back] == [row.ids.tolist() for row in ROWS]
    assert [(row.context, row.answer) for row in back] == [(r.context, r.answer) for r in ROWS]
    assert len(load_rows(tmp_path / "rows.npz", "b")) == 1


def test_a_pass_holds_every_row_once_and_its_order_is_the_seeds() -> None:
    """Batches together are the rows; the same seed gives the same batches, another one others."""
    passes = [list(batches(ROWS, 6, seed)) for seed in (1, 1, 2)]
    orders = [[id(row) for batch in each for row in batch] for each in passes]
    assert sorted(orders[0]) == sorted(map(id, ROWS))
    assert orders[0] == orders[1] != orders[2]


def test_an_answer_is_allowed_in_the_context_and_in_front_alone() -> None:
    """Padding, the question and the separators hold no answer."""
    batch = collate(ROWS[:2])
    assert batch.allowed.tolist() == [
        [True, False, False, True, True, True, True, False, False],
        [True, False, False, True, True, True, True, True, False],
    ]
    assert batch.types.sum(1).tolist() == batch.attention.sum(1).sub(3).tolist()


class Opinion(torch.nn.Module):
    """A model that gives what it was made with, whatever it reads."""

    def __init__(self, scores: torch.Tensor, answerable: torch.Tensor) -> None:
        super().__init__()
        self.said = scores, answerable

    def forward(self, *_: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.said


def _sure_of(batch: Batch, answers: torch.Tensor, logit: float = 60.0) -> Opinion:
    scores = torch.zeros(*batch.ids.shape, 2).scatter(1, answers.unsqueeze(1), logit)
    return Opinion(scores, torch.where(answers[:, 0] > 0, logit, -logit))


def test_a_sure_teacher_that_is_right_changes_nothing_and_one_that_errs_does() -> None:
    """What teachers say counts beside the truth."""
    batch = collate(ROWS[:4])
    pupil = _sure_of(batch, batch.answers, 2.0)
    alone = loss_of(pupil, batch)
    right = loss_of(pupil, batch, [_sure_of(batch, batch.answers)])
    wrong = loss_of(pupil, batch, [_sure_of(batch, batch.answers.flip(0))])
    assert right.item() == pytest.approx(alone.item(), rel=1e-4)
    assert wrong.item() > 1.5 * alone.item()


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """An encoder of one small layer."""
    config = BertConfig(
        vocab_size=120,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    folder = tmp_path / "base"
    config.save_pretrained(folder)
    state = BertModel(config, add_pooling_layer=False).state_dict()
    save_file(
        {name: value.contiguous() for name, value in state.items()}, folder / "model.safetensors"
    )
    return folder


def test_a_run_goes_on_where_it_stopped_and_its_weights_can_teach(
    base: Path, tmp_path: Path
) -> None:
    """A run that was stopped after each batch sees as many batches as one that was not."""
    kept = tmp_path / "rows.npz"
    save_rows(kept, {LEARNT: ROWS, DEVELOPMENT: ROWS})
    plan = Plan(base, kept, tmp_path / "run", epochs=2, batch=8, dropout=0.1, stop_after=1e-9)
    for _ in range(6):
        run(plan)
    steps = [
        json.loads(line)["step"] for line in (plan.out / "curve.jsonl").read_text().splitlines()
    ]
    assert steps == [1, 2, 3, 4, 5, 6]
    taught = plan.out / "trained.safetensors"
    run(Plan(base, kept, tmp_path / "pupil", start=taught, teachers=(taught,), batch=20))
    weights = load_file(tmp_path / "pupil" / "trained.safetensors")
    assert weights.keys() == load_file(taught).keys()
    assert any(not torch.equal(weights[name], value) for name, value in load_file(taught).items())
