"""The reader as a torch module: an encoder, and lines for start, end and answerability.

Imported only where torch is at hand: in training, for the export, or where OpenVINO cannot run.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from transformers import BertConfig, BertModel

_FROZEN = "embeddings.word_embeddings.weight"


class ReaderModel(nn.Module):
    """Devlin et al. 2019: each token's chance to begin or end the answer; [CLS] stands for none.

    A third line on [CLS] says whether there is an answer at all (Zhang et al. 2021). `base` is the
    folder of a BERT encoder, whose word embeddings stay as they are.
    """

    def __init__(self, base: Path, dropout: float = 0.0) -> None:
        super().__init__()
        config = BertConfig.from_pretrained(
            base, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout
        )
        self.encoder = BertModel(config, add_pooling_layer=False)
        weights = load_file(base / "model.safetensors")
        self.encoder.load_state_dict(
            {name: value for name, value in weights.items() if not name.startswith("pooler")},
            strict=False,
        )
        self.encoder.get_parameter(_FROZEN).requires_grad = False
        self.spans = nn.Linear(config.hidden_size, 2)
        self.answerable = nn.Linear(config.hidden_size, 1)
        for head in (self.spans, self.answerable):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def forward(
        self, ids: torch.Tensor, attention: torch.Tensor, types: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores of shape (rows, tokens, 2) for start and end, and (rows,) for answerability."""
        hidden = self.encoder(
            input_ids=ids, attention_mask=attention, token_type_ids=types
        ).last_hidden_state
        return self.spans(hidden).float(), self.answerable(hidden[:, 0]).float().squeeze(-1)

    def trained_state(self) -> dict[str, torch.Tensor]:
        """What training changes: everything but the word embeddings."""
        return {
            name: value.detach().cpu()
            for name, value in self.state_dict().items()
            if not name.endswith((_FROZEN, "position_ids"))
        }


def trained(base: Path, weights: Path, dropout: float = 0.0) -> ReaderModel:
    """The base model with the trained weights of a safetensors file laid over it."""
    model = ReaderModel(base, dropout)
    state = {name: value.float() for name, value in load_file(weights).items()}
    missing = set(model.trained_state()) - set(state)
    if missing:
        raise ValueError(f"{weights.name} lacks {min(missing)}")
    model.load_state_dict(state, strict=False)
    return model.eval()
