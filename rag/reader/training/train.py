"""A run: resumable, seeded, with its learning curve in JSON Lines."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer

from rag.reader.model import ReaderModel, trained
from rag.reader.spans import best_ends
from rag.reader.training.batches import Batch, Row, batches, collate, in_order, rows
from rag.reader.training.data import mixture
from rag.reader.training.negatives import with_unanswerable

SEED = 13
_WARM_UP = 0.05


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run needs to be repeated; `minutes` ends it early, with its rate already at zero.

    `start` holds weights to go on from instead of the base model's. `half` computes in bfloat16,
    which is faster on a GPU and on processors that have it, and slower by far on others.
    """

    base: Path
    train: Path
    articles: Path
    out: Path
    start: Path | None = None
    half: bool = False
    seed: int = SEED
    scale: float = 1.0
    batch: int = 32
    rate: float = 1.2e-4
    longest: int = 224
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
    learnt, development = _rows(plan)
    model = (trained(plan.base, plan.start) if plan.start else ReaderModel(plan.base)).to(device)
    model.train()
    changing = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(changing, lr=plan.rate, weight_decay=0.01)
    state = _resume(plan, model, optimiser, device)
    order = list(batches(learnt, plan.batch, plan.seed))
    session = saved = time.monotonic()
    before, losses = state.minutes, []
    for chosen in order[state.step :]:
        done = max(state.step / len(order), state.minutes / (plan.minutes or float("inf")))
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * min(done / _WARM_UP + 0.01, (1 - done) / (1 - _WARM_UP))
        with torch.autocast(device.type, torch.bfloat16, enabled=plan.half):
            loss = loss_of(model, collate(chosen).to(device))
        losses.append(_update(optimiser, changing, loss))
        state.step += 1
        state.minutes = before + (time.monotonic() - session) / 60
        if state.step % 50 == 0:
            _log(plan, state, len(order), {"loss": round(float(np.mean(losses)), 4)})
            losses = []
        if (time.monotonic() - saved) / 60 >= plan.save_every:
            _log(plan, state, len(order), curve_point(model, development, device))
            _save(plan, model, optimiser, state)
            saved = time.monotonic()
        if plan.stop_after and (time.monotonic() - session) / 60 >= plan.stop_after:
            break
    _log(plan, state, len(order), curve_point(model, development, device))
    _save(plan, model, optimiser, state)


def loss_of(model: torch.nn.Module, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy of the answer's start and end, and half that of answerability."""
    scores, answerable = model(batch.ids, batch.attention, batch.types)
    scores = scores.masked_fill(~batch.allowed.unsqueeze(-1), -1e4)
    span = torch.nn.functional.cross_entropy(scores[..., 0], batch.answers[:, 0])
    span = span + torch.nn.functional.cross_entropy(scores[..., 1], batch.answers[:, 1])
    truth = (batch.answers[:, 0] > 0).float()
    verdict = torch.nn.functional.binary_cross_entropy_with_logits(answerable, truth)
    return span / 2 + verdict / 2


def _rows(plan: Plan) -> tuple[list[Row], list[Row]]:
    tokenizer = Tokenizer.from_file(str(plan.base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    examples, kept = mixture(plan.train, plan.articles, plan.seed, plan.scale)
    learnt = in_order(with_unanswerable(examples, plan.seed), plan.seed)
    development = in_order(with_unanswerable(kept, plan.seed), plan.seed)[:300]
    return rows(learnt, tokenizer, plan.longest), rows(development, tokenizer, plan.longest)


def _update(
    optimiser: torch.optim.Optimizer,
    changing: Sequence[torch.nn.Parameter],
    loss: torch.Tensor,
) -> float:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(changing, 1.0)
    optimiser.step()
    return loss.item()


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
        scores, answerable = model(batch.ids, batch.attention, batch.types)
        scores = scores.masked_fill(~batch.allowed.unsqueeze(-1), -1e4).cpu().numpy()
        verdicts += answerable.tolist()
        for row, (starts, ends) in zip(chosen, scores.transpose(0, 2, 1), strict=True):
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
