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
    #: Calibrated cautious logit and label of each held-out unit, by category; every unit by a fit without its fold.
    held: dict[str, tuple[np.ndarray, np.ndarray]]

    def of_fold(self, scores: Scores, every: list[Unit]) -> np.ndarray:
        """Calibrated logits of a job's units."""
        lines = self.without.get(scores.job.fold, self.all) if scores.job.split == "types" else self.all
        columns = [every[i].category for i in scores.job.test]
        return np.array([lines[name][0] * logit + lines[name][1] for name, logit in zip(columns, scores.logits, strict=True)])

    def apply(self, model: LineCnn) -> None:
        """Puts the fit over all folds into a model."""
        with torch.no_grad():
            model.temperature.copy_(torch.tensor([1.0 / self.all[name][0] for name in CATEGORIES]))
            model.shift.copy_(torch.tensor([self.all[name][1] for name in CATEGORIES]))

    def thresholds(self, promise: float, prevalence: float) -> list[float]:
        """For each category the probability, at `prevalence`, from which on held-out precision is `promise`; 1 if nowhere.

        Precision is that of the labelled cases; ten suspicions at least must hold it.
        """
        prior = float(np.log(prevalence / (1 - prevalence)))
        found = []
        for name in CATEGORIES:
            logits, labels = self.held[name]
            logits, labels = logits[np.isfinite(logits)], labels[np.isfinite(logits)]
            order = np.argsort(-logits, kind="stable")
            precision = np.cumsum(labels[order]) / np.arange(1, len(order) + 1)
            holds = [i for i in range(9, len(order)) if precision[i] >= promise]
            found.append(float(1 / (1 + np.exp(-(logits[order[max(holds)]] + prior)))) if holds else 1.0)
        return found


def line(logits: np.ndarray, labels: np.ndarray) -> Line:
    """Platt's scale and shift; a scale that would turn scores around is refused."""
    model = LogisticRegression(C=10.0).fit(logits[:, None], labels)
    return max(float(model.coef_[0, 0]), 0.05), float(model.intercept_[0])


def fit(found: list[Scores], every: list[Unit]) -> Calibration:
    """Fits on the network's held-out scores of the split by type, its first seed."""
    rows: dict[str, list[tuple[str, float, float, int]]] = defaultdict(list)
    for scores in found:
        if scores.job.split == "types" and scores.job.method == "network" and scores.job.seed == 0:
            for index, logit, cautious in zip(scores.job.test, scores.logits, scores.cautious, strict=True):
                rows[every[index].category].append((scores.job.fold, float(logit), float(cautious), every[index].label))
    whole: dict[str, Line] = {}
    without: dict[str, dict[str, Line]] = defaultdict(dict)
    held: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name in CATEGORIES:
        folds = np.array([fold for fold, *_ in rows[name]])
        logits = np.array([logit for _, logit, _, _ in rows[name]])
        careful = np.array([cautious for _, _, cautious, _ in rows[name]])
        labels = np.array([label for *_, label in rows[name]])
        whole[name] = line(logits, labels)
        calibrated = np.zeros(len(logits))
        for fold in sorted(set(folds)):
            without[fold][name] = line(logits[folds != fold], labels[folds != fold])
            scale, shift = without[fold][name]
            calibrated[folds == fold] = scale * careful[folds == fold] + shift
        held[name] = (calibrated, labels)
    return Calibration(whole, dict(without), held)
