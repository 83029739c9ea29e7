"""From logits to probabilities that can be believed: one scale and shift a category.

They are fitted on scores of types that the scoring model never saw (the held-out folds of the
split by type). A fold's own figures use a fit on the other folds, so no label is used twice.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from .corpus import CATEGORIES, Unit
from .evaluate import Scores
from .network import LineCnn

#: (scale, shift) of a category.
Line = tuple[float, float]


@dataclass(frozen=True)
class Calibration:
    """The fits: over all folds, and without each one."""

    all: dict[str, Line]
    without: dict[str, dict[str, Line]]

    def of_fold(self, scores: Scores, every: list[Unit]) -> np.ndarray:
        """Calibrated logits of a job's units."""
        lines = self.without.get(scores.job.fold, self.all) if scores.job.split in {"types", "ablations"} else self.all
        columns = [every[i].category for i in scores.job.test]
        return np.array([lines[name][0] * logit + lines[name][1] for name, logit in zip(columns, scores.logits, strict=True)])

    def apply(self, model: LineCnn) -> None:
        """Puts the fit over all folds into a model."""
        with torch.no_grad():
            model.temperature.copy_(torch.tensor([1.0 / self.all[name][0] for name in CATEGORIES]))
            model.shift.copy_(torch.tensor([self.all[name][1] for name in CATEGORIES]))


def line(logits: np.ndarray, labels: np.ndarray) -> Line:
    """Platt's scale and shift; a scale that would turn scores around is refused."""
    model = LogisticRegression(C=10.0).fit(logits[:, None], labels)
    return max(float(model.coef_[0, 0]), 0.05), float(model.intercept_[0])


def fit(found: list[Scores], every: list[Unit]) -> Calibration:
    """Fits on the network's held-out scores of the split by type, its first seed."""
    rows: dict[str, list[tuple[str, float, int]]] = defaultdict(list)
    for scores in found:
        if scores.job.split == "types" and scores.job.method == "network" and scores.seed == 0:
            for index, logit in zip(scores.job.test, scores.logits, strict=True):
                rows[every[index].category].append((scores.job.fold, float(logit), every[index].label))
    whole: dict[str, Line] = {}
    without: dict[str, dict[str, Line]] = defaultdict(dict)
    for name in CATEGORIES:
        folds = np.array([fold for fold, _, _ in rows[name]])
        logits = np.array([logit for _, logit, _ in rows[name]])
        labels = np.array([label for _, _, label in rows[name]])
        whole[name] = line(logits, labels)
        for fold in sorted(set(folds)):
            without[fold][name] = line(logits[folds != fold], labels[folds != fold])
    return Calibration(whole, dict(without))
