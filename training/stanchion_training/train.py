"""Training: masked cross-entropy, a margin within pairs, the decisive line where it is known, and what a forest says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from torch.nn import functional

from .corpus import CATEGORIES, Unit
from .encode import LENGTH, Encoded
from .forest import Lesson
from .network import CROSS_BUCKETS, LINE_WORDS, LineCnn

#: How often a batch draws from each source.
SHARES = {"cases": 0.27, "fixtures": 0.25, "fixpairs": 0.1, "weak": 0.08, "injected": 0.3}


@dataclass(frozen=True)
class Schedule:
    """How long and how fast."""

    steps: int = 1000
    pairs: int = 96
    rate: float = 2e-3
    decay: float = 2e-2
    margin: float = 0.6
    pointing: float = 0.25
    sparse: float = 1e-2
    offside: float = 3e-2
    #: What the lesson of the forest weighs, and how much of it a step looks at.
    lesson: float = 3.0
    learned: int = 192


class Table:
    """Units as arrays, and drawers of (failing, passing) pairs by source."""

    def __init__(self, units: list[Unit], encoded: Encoded) -> None:
        self.units = units
        self.row = np.array([encoded.keys[unit.description.key] for unit in units])
        self.category = np.array([CATEGORIES.index(unit.category) for unit in units])
        self.label = np.array([unit.label for unit in units], dtype=np.float32)
        self.weight = np.array([unit.weight for unit in units], dtype=np.float32)
        self.decisive = np.zeros((len(units), LENGTH), dtype=bool)
        for i, unit in enumerate(units):
            for line in unit.decisive:
                if line < LENGTH:
                    self.decisive[i, line] = True
        self.groups: dict[str, list[tuple[list[int], list[int]]]] = {}
        groups: dict[tuple[str, str, str], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for i, unit in enumerate(units):
            name = unit.pair or (f"{unit.description.type}" if unit.source == "weak" else unit.check)
            groups[unit.source, name, unit.category][0 if unit.label else 1].append(i)
        for (source, _, _), sides in sorted(groups.items()):
            self.groups.setdefault(source, []).append(sides)

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """[2 n] indices, failing and passing in turn, and [n] whether both sides are of one check; -1 for none."""
        sources = [source for source in SHARES if source in self.groups]
        shares = np.array([SHARES[source] for source in sources])
        chosen = rng.choice(len(sources), size=n, p=shares / shares.sum())
        picked = np.full((n, 2), -1)
        paired = np.zeros(n, dtype=bool)
        for i, source in enumerate(chosen):
            groups = self.groups[sources[source]]
            fails, passes = groups[rng.integers(len(groups))]
            if fails:
                picked[i, 0] = fails[rng.integers(len(fails))]
            if passes:
                picked[i, 1] = passes[rng.integers(len(passes))]
            paired[i] = bool(fails) and bool(passes) and sources[source] != "weak"
        return picked.reshape(-1), paired


def gather(encoded: Encoded, rows: np.ndarray, drop: np.random.Generator | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The tensors of some resources alone; with `drop`, parts are left out as augmentation."""
    length = max(1, int((rows > 0).sum(1).max()))
    rows = rows[:, :length]
    if drop is not None:
        rows = rows.copy()
        n = len(rows)
        role = encoded.lines[rows][:, :, LINE_WORDS - 1]
        kind, own = encoded.kind_role, encoded.own_role
        rows[(drop.random(n) < 0.3)[:, None] & (role != own) & (role != kind)] = 0
        rows[(drop.random(n) < 0.35)[:, None] & (role == kind)] = 0
    lines = np.unique(np.append(0, rows))
    position = np.searchsorted(lines, rows)
    of_lines = encoded.lines[lines]
    crosses = encoded.crosses[lines]
    if drop is not None:
        lost = drop.random(of_lines.shape) < 0.08
        lost[:, -5:] = False
        of_lines = np.where(lost, 0, of_lines)
        crosses = np.where(drop.random(crosses.shape) < 0.3, 0, crosses)
    words = np.unique(np.append(0, of_lines))
    return (
        torch.from_numpy(encoded.words[words]),
        torch.from_numpy(np.searchsorted(words, of_lines)),
        torch.from_numpy(crosses),
        torch.from_numpy(position),
    )


def losses(model: LineCnn, table: Table, encoded: Encoded, drawn: tuple[np.ndarray, np.ndarray], schedule: Schedule, rng: np.random.Generator) -> Tensor:
    """The loss of one batch."""
    index, paired = drawn
    there = index >= 0
    safe = np.where(there, index, 0)
    logits, shares = model.raw(*gather(encoded, encoded.rows[table.row[safe]], rng))
    which = torch.from_numpy(table.category[safe])
    logit = logits.gather(1, which[:, None])[:, 0]
    label = torch.from_numpy(table.label[safe])
    weight = torch.from_numpy(table.weight[safe] * there)
    smooth = label * 0.94 + 0.03
    loss = (functional.binary_cross_entropy_with_logits(logit, smooth, reduction="none") * weight).sum() / weight.sum()
    sides = logit.view(-1, 2)
    pair = torch.from_numpy(paired.astype(np.float32))
    gap = functional.softplus(1.0 - (sides[:, 0] - sides[:, 1]))
    loss = loss + schedule.margin * (gap * pair).sum() / pair.sum().clamp(min=1)
    own = shares.gather(2, which[:, None, None].expand(-1, shares.shape[1], 1))[:, :, 0]
    loss = loss + schedule.sparse * own.abs().sum(1).mean()
    decisive = torch.from_numpy(table.decisive[safe][:, : own.shape[1]])
    pointed_at = decisive.any(1) & torch.from_numpy(there)
    if pointed_at.any():
        aside = own[pointed_at].masked_fill(decisive[pointed_at], 0.0)
        loss = loss + schedule.offside * aside.abs().sum(1).mean()
    known = pointed_at & (label > 0.5)
    if known.any():
        pointed = functional.log_softmax(own[known], 1).masked_fill(~decisive[known], -1e9).logsumexp(1)
        loss = loss - schedule.pointing * pointed.clamp(min=-6).mean()
    return loss


def train(units: list[Unit], encoded: Encoded, lesson: Lesson | None, schedule: Schedule, seed: int) -> LineCnn:
    """A trained model; the same seed, units and machine give the same one."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    table = Table(units, encoded)
    model = LineCnn(len(CATEGORIES))
    optimizer = torch.optim.AdamW(model.parameters(), lr=schedule.rate, weight_decay=schedule.decay)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimizer, schedule.rate, total_steps=schedule.steps, pct_start=0.1)
    model.train()
    for _ in range(schedule.steps):
        optimizer.zero_grad()
        loss = losses(model, table, encoded, table.draw(schedule.pairs, rng), schedule, rng)
        if lesson is not None:
            drawn = rng.integers(len(lesson.rows), size=schedule.learned)
            logits, _ = model.raw(*gather(encoded, encoded.rows[lesson.rows[drawn]]))
            said = torch.from_numpy(lesson.said[drawn])
            loss = loss + schedule.lesson * functional.binary_cross_entropy_with_logits(logits, said)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        pace.step()
    model.eval()
    add_wide(model, table, encoded)
    return model


@torch.no_grad()
def add_wide(model: LineCnn, table: Table, encoded: Encoded) -> None:
    """Fits the linear part by logistic regression for each category, and halves both parts into one sum.

    It is fitted apart: trained together the convolution leans on it and generalizes worse.
    """
    crosses = encoded.crosses[encoded.rows]
    for column, category in enumerate(CATEGORIES):
        units = np.flatnonzero(table.category == column)
        if len(set(table.label[units])) < 2:
            continue
        index = crosses[table.row[units]].reshape(len(units), -1)
        counts = sparse.csr_matrix(
            (np.ones(index.size, dtype=np.float32), index.reshape(-1), np.arange(0, index.size + 1, index.shape[1])),
            shape=(len(units), CROSS_BUCKETS),
        )
        counts.sum_duplicates()
        counts = counts[:, 1:]
        sizes = defaultdict(int)
        keys = [(table.units[i].source, table.units[i].description.type if table.units[i].source in {"weak", "injected"} else table.units[i].check) for i in units]
        for key in keys:
            sizes[key] += 1
        weight = table.weight[units] / np.sqrt([sizes[key] for key in keys])
        linear = LogisticRegression(C=1.0, solver="liblinear", max_iter=200)
        linear.fit(counts, table.label[units], sample_weight=weight / weight.mean())
        said = linear.decision_function(counts)
        own = predict(model, encoded, table.row[units[table.weight[units] == 1.0]])[0][:, column] if (table.weight[units] == 1.0).any() else said
        scale = float(own.std() / max(said[table.weight[units] == 1.0].std() if (table.weight[units] == 1.0).any() else 1.0, 1e-3))
        model.wide.weight[1:, column] = torch.from_numpy((linear.coef_[0] * scale).astype(np.float32))
        model.bias.bias[column] += float(linear.intercept_[0]) * scale


@torch.no_grad()
def predict(model: LineCnn, encoded: Encoded, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated logits [N, C] and contributions [N, LENGTH, C] of resources."""
    logits, shares = [], []
    for start in range(0, len(rows), 512):
        part = encoded.rows[rows[start : start + 512]]
        logit, share = model(*gather(encoded, part))
        logits.append(logit.numpy())
        shares.append(np.pad(share.numpy(), ((0, 0), (0, LENGTH - share.shape[1]), (0, 0))))
    return np.concatenate(logits), np.concatenate(shares)
