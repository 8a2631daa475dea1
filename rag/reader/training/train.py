"""A run: resumable, seeded, with its learning curve in JSON Lines."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice
from math import ceil
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.metrics import roc_auc_score

from rag.reader.model import ReaderModel, trained
from rag.reader.spans import best_ends
from rag.reader.training.batches import Batch, Row, batches, collate, load_rows
from rag.reader.training.prepare import DEVELOPMENT, LEARNT

SEED = 13
_WARM_UP = 0.05
_TAUGHT = 0.7
_LOGGED = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run needs to be repeated; `minutes` ends it early, with its rate already at zero.

    `rows` is what `prepare` wrote. `start` holds weights to go on from instead of the base
    model's, `teachers` weights whose mean opinion is learnt beside the truth (Hinton et al. 2015).
    `half` computes in bfloat16, which is faster on a GPU and on processors that have it, and
    slower by far on others.
    """

    base: Path
    rows: Path
    out: Path
    start: Path | None = None
    teachers: Sequence[Path] = ()
    half: bool = False
    seed: int = SEED
    epochs: int = 1
    batch: int = 32
    rate: float = 1.2e-4
    dropout: float = 0.0
    minutes: float | None = None
    stop_after: float | None = None
    save_every: float = 5.0


@dataclass(slots=True)
class State:
    """Where a run stands: batches done, and minutes that they took in all sessions together."""

    step: int = 0
    minutes: float = 0.0


def run(plan: Plan) -> None:
    """Trains to the end of the plan, or for `stop_after` minutes of this session; saves often."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(plan.seed)
    plan.out.mkdir(parents=True, exist_ok=True)
    learnt, development = load_rows(plan.rows, LEARNT), load_rows(plan.rows, DEVELOPMENT)
    model = _model(plan).to(device).train()
    teachers = [trained(plan.base, path).to(device) for path in plan.teachers]
    changing = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(changing, plan.rate, weight_decay=0.01, fused=True)
    state = _resume(plan, model, optimiser, device)
    steps = plan.epochs * ceil(len(learnt) / plan.batch)
    passes = (batches(learnt, plan.batch, plan.seed + epoch) for epoch in range(plan.epochs))
    session = saved = time.monotonic()
    before, losses = state.minutes, []
    for chosen in islice(chain.from_iterable(passes), state.step, None):
        done = max(state.step / steps, state.minutes / (plan.minutes or float("inf")))
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * min(done / _WARM_UP + 0.01, (1 - done) / (1 - _WARM_UP))
        with torch.autocast(device.type, torch.bfloat16, enabled=plan.half):
            loss = loss_of(model, collate(chosen).to(device), teachers)
        losses.append(_update(optimiser, changing, loss))
        state.step += 1
        state.minutes = before + (time.monotonic() - session) / 60
        if state.step % _LOGGED == 0:
            _log(plan, state, steps, {"loss": round(float(torch.stack(losses).mean()), 4)})
            losses = []
        if (time.monotonic() - saved) / 60 >= plan.save_every:
            _log(plan, state, steps, curve_point(model, development, device))
            _save(plan, model, optimiser, state)
            saved = time.monotonic()
        if plan.stop_after and (time.monotonic() - session) / 60 >= plan.stop_after:
            break
    _log(plan, state, steps, curve_point(model, development, device))
    _save(plan, model, optimiser, state)


def loss_of(
    model: torch.nn.Module, batch: Batch, teachers: Sequence[torch.nn.Module] = ()
) -> torch.Tensor:
    """Mean cross-entropy of the answer's start and end, and half that of answerability.

    Where there are teachers, their probabilities count `_TAUGHT`, and the truth the rest.
    """
    scores, answerable = _scored(model, batch)
    truth = (batch.answers[:, 0] > 0).float()
    loss = _cross_entropy(scores, answerable, batch.answers, truth)
    if not teachers:
        return loss
    with torch.no_grad():
        told = [_scored(teacher, batch) for teacher in teachers]
        spans = torch.stack([each for each, _ in told]).mean(0).softmax(1)
        verdict = torch.stack([each for _, each in told]).mean(0).sigmoid()
    return (1 - _TAUGHT) * loss + _TAUGHT * _cross_entropy(scores, answerable, spans, verdict)


def _scored(model: torch.nn.Module, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    scores, answerable = model(batch.ids, batch.attention, batch.types)
    return scores.masked_fill(~batch.allowed.unsqueeze(-1), -1e4), answerable


def _cross_entropy(
    scores: torch.Tensor, answerable: torch.Tensor, spans: torch.Tensor, truth: torch.Tensor
) -> torch.Tensor:
    """`spans`: token numbers of shape (rows, 2), or probabilities of shape (rows, tokens, 2)."""
    span = torch.nn.functional.cross_entropy(scores, spans)
    verdict = torch.nn.functional.binary_cross_entropy_with_logits(answerable, truth)
    return span + verdict / 2


def _model(plan: Plan) -> ReaderModel:
    if plan.start:
        return trained(plan.base, plan.start, plan.dropout)
    return ReaderModel(plan.base, plan.dropout)


def _update(
    optimiser: torch.optim.Optimizer,
    changing: Sequence[torch.nn.Parameter],
    loss: torch.Tensor,
) -> torch.Tensor:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(changing, 1.0)
    optimiser.step()
    return loss.detach()


@torch.no_grad()
def curve_point(
    model: ReaderModel, development: Sequence[Row], device: torch.device
) -> dict[str, float]:
    """Token F1 over answerable rows, and AUROC of answerability by either of the two scores."""
    model.eval()
    overlaps, margins, verdicts, truth = [], [], [], []
    ordered = sorted(development, key=lambda row: len(row.ids))
    for first in range(0, len(ordered), 64):
        chosen = ordered[first : first + 64]
        batch = collate(chosen).to(device)
        scores, answerable = _scored(model, batch)
        verdicts += answerable.tolist()
        per_row = scores.cpu().numpy().transpose(0, 2, 1)
        for row, (starts, ends) in zip(chosen, per_row, strict=True):
            inside = slice(row.context, len(row.ids) - 1)
            last, worth = best_ends(starts[inside], ends[inside])
            token = int(worth.argmax())
            margins.append(float(worth[token] - starts[0] - ends[0]))
            truth.append(row.answer[0] > 0)
            if row.answer[0]:
                found = (row.context + token, row.context + int(last[token]))
                overlaps.append(_overlap(found, row.answer))
    model.train()
    return {
        "f1": round(float(np.mean(overlaps)), 4),
        "auroc_margin": round(float(roc_auc_score(truth, margins)), 4),
        "auroc_verdict": round(float(roc_auc_score(truth, verdicts)), 4),
    }


def _overlap(found: tuple[int, int], truth: tuple[int, int]) -> float:
    both = min(found[1], truth[1]) - max(found[0], truth[0]) + 1
    return max(0, 2 * both / (found[1] - found[0] + truth[1] - truth[0] + 2))


def _resume(
    plan: Plan, model: ReaderModel, optimiser: torch.optim.Optimizer, device: torch.device
) -> State:
    path = plan.out / "checkpoint.pt"
    if not path.exists():
        return State()
    saved = torch.load(path, map_location=device, weights_only=True)
    model.load_state_dict(saved["model"], strict=False)
    optimiser.load_state_dict(saved["optimiser"])
    return State(saved["step"], saved["minutes"])


def _save(plan: Plan, model: ReaderModel, optimiser: torch.optim.Optimizer, state: State) -> None:
    learnt = model.trained_state()
    whole = {"model": learnt, "optimiser": optimiser.state_dict(), **asdict(state)}
    torch.save(whole, plan.out / "checkpoint.new")
    (plan.out / "checkpoint.new").replace(plan.out / "checkpoint.pt")
    save_file(learnt, plan.out / "trained.safetensors")


def _log(plan: Plan, state: State, steps: int, figures: dict[str, float]) -> None:
    line = {"step": state.step, "of": steps, "minutes": round(state.minutes, 1), **figures}
    with (plan.out / "curve.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
