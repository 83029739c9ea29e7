"""The additive line-CNN.

Shapes: `words` [W, SUBWORDS] rows of the embedding, `lines` [U, LINE_WORDS] rows of `words`,
`crosses` [U, CROSSES] rows of the table of crosses, `rows` [B, L] rows of `lines`; row 0 stands for nothing everywhere. Output: logits [B, C] and the
share of each line in them, contributions [B, L, C]; the logit is the bias plus their sum, exactly.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

BUCKETS = 8192
CROSS_BUCKETS = 16384
CROSSES = 8
SUBWORDS = 12
PATH_WORDS = 8
VALUE_WORDS = 4
#: The most that one line can say in the convolutional part.
LIMIT = 4.0
LINE_WORDS = PATH_WORDS + VALUE_WORDS + 1


class LineCnn(nn.Module):
    """Words to lines by a convolution over words, lines to logits by one over sorted siblings, and a
    linear part, fitted apart, that looks at crosses of words and values."""

    def __init__(self, categories: int, embedding: int = 24, width: int = 48) -> None:
        super().__init__()
        self.embedding = nn.Embedding(BUCKETS, embedding, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=0.1)
        with torch.no_grad():
            self.embedding.weight[0] = 0
        self.wide = nn.Embedding(CROSS_BUCKETS, categories, padding_idx=0)
        self.wide.weight.requires_grad_(False)
        nn.init.zeros_(self.wide.weight)
        self.words = nn.Conv1d(embedding, width, 3, padding=1)
        self.path = nn.Linear(width, width)
        self.value = nn.Linear(VALUE_WORDS * embedding, width)
        self.gate = nn.Linear(VALUE_WORDS * embedding, width)
        self.role = nn.Linear(embedding, width)
        self.line = nn.Linear(3 * width, width)
        self.siblings = nn.Conv1d(width, width, 3, padding=1, groups=width)
        self.mix = nn.Linear(width, width)
        self.context = nn.Linear(2 * width, width)
        self.hidden = nn.Linear(width, width)
        self.given = nn.Linear(width, width)
        self.share = nn.Linear(width, categories)
        self.any = nn.Linear(width, 1)
        self.bias = nn.Linear(width, categories)
        self.drop = nn.Dropout(0.15)
        self.temperature = nn.Parameter(torch.ones(categories), requires_grad=False)
        self.shift = nn.Parameter(torch.zeros(categories), requires_grad=False)

    def line_vectors(self, words: Tensor, lines: Tensor) -> Tensor:
        """[U, width]: one vector a line; row 0 is nothing."""
        meaning = self.embedding(words).sum(1)
        tokens = meaning[lines]
        path = tokens[:, :PATH_WORDS].transpose(1, 2)
        value = tokens[:, PATH_WORDS : PATH_WORDS + VALUE_WORDS].flatten(1)
        seen = torch.relu(self.words(path).amax(2))
        seen = torch.relu(self.path(self.drop(seen)))
        crossed = seen * torch.tanh(self.gate(value))
        joined = torch.cat([seen, crossed, self.value(value) + self.role(tokens[:, -1])], 1)
        return torch.relu(self.line(self.drop(joined)))

    def forward(self, words: Tensor, lines: Tensor, crosses: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Calibrated logits [B, C] and contributions [B, L, C]."""
        logits, shares = self.raw(words, lines, crosses, rows)
        scale = 1.0 / self.temperature
        return logits * scale + self.shift, shares * scale

    def raw(self, words: Tensor, lines: Tensor, crosses: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and contributions before calibration."""
        vectors = self.line_vectors(words, lines)
        mask = (rows > 0).unsqueeze(2).to(vectors.dtype)
        own = vectors[rows] * mask
        around = torch.relu(self.siblings(own.transpose(1, 2)).transpose(1, 2))
        own = own + torch.relu(self.mix(around)) * mask
        context = torch.relu(self.context(torch.cat([own.amax(1), own[:, 0]], 1)))
        hidden = torch.relu(self.hidden(own) + self.given(context).unsqueeze(1))
        hidden = self.drop(hidden)
        # The linear part is fitted after the rest; until then it is zero.
        wide = self.wide(crosses).sum(1)[rows] if self.wide.weight.any() else 0.0
        shares = (LIMIT * torch.tanh((self.share(hidden) + self.any(hidden)) / LIMIT) + wide) * mask
        return shares.sum(1) + self.bias(context), shares
