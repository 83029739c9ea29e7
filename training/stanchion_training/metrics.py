"""Figures: all of scores of labelled units, with intervals by a bootstrap over checks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np
from sklearn.metrics import average_precision_score

from .corpus import CATEGORIES, Unit

#: A category with fewer test units than this does not enter macro averages.
LEAST = 20


def of_category(units: list[Unit]) -> dict[str, np.ndarray]:
    """Category to the indices of its units, where both labels occur."""
    found = {}
    for category in CATEGORIES:
        index = np.array([i for i, unit in enumerate(units) if unit.category == category], dtype=int)
        labels = {units[i].label for i in index}
        if len(index) >= LEAST and len(labels) == 2:
            found[category] = index
    return found


def average_precision(units: list[Unit], scores: np.ndarray) -> dict[str, float]:
    """PR-AUC by category."""
    label = np.array([unit.label for unit in units])
    return {name: float(average_precision_score(label[index], scores[index])) for name, index in of_category(units).items()}


def base_rate(units: list[Unit]) -> dict[str, float]:
    """Share of failing units by category: the PR-AUC of guessing."""
    label = np.array([unit.label for unit in units])
    return {name: float(label[index].mean()) for name, index in of_category(units).items()}


def recall_at(units: list[Unit], scores: np.ndarray, precision: float) -> dict[str, float]:
    """The most recall at which precision holds, by category."""
    label = np.array([unit.label for unit in units])
    found = {}
    for name, index in of_category(units).items():
        order = index[np.argsort(-scores[index], kind="stable")]
        hits = np.cumsum(label[order])
        holds = hits / np.arange(1, len(order) + 1) >= precision
        found[name] = float(hits[holds].max() / label[index].sum()) if holds.any() else 0.0
    return found


def pair_accuracy(units: list[Unit], scores: np.ndarray) -> float:
    """P(failing scores above passing) within a check, averaged over checks; ties count half."""
    sides: dict[tuple[str, str], tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for unit, score in zip(units, scores, strict=True):
        sides[unit.check, unit.category][unit.label].append(score)
    rates = []
    for passing, failing in sides.values():
        if passing and failing:
            gap = np.subtract.outer(failing, passing)
            rates.append(float(((gap > 0) + 0.5 * (gap == 0)).mean()))
    return float(np.mean(rates)) if rates else float("nan")


def calibration_error(units: list[Unit], probability: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error over bins of equal mass."""
    label = np.array([unit.label for unit in units])
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, bins)
    return float(sum(len(part) * abs(label[part].mean() - probability[part].mean()) for part in parts if len(part)) / len(order))


def mean(values: dict[str, float]) -> float:
    """The macro average."""
    return float(np.mean(list(values.values())))


def summary(units: list[Unit], scores: np.ndarray) -> dict[str, float]:
    """The headline figures."""
    return {
        "pr_auc": mean(average_precision(units, scores)),
        "base_rate": mean(base_rate(units)),
        "pair_accuracy": pair_accuracy(units, scores),
        "recall_at_90": mean(recall_at(units, scores, 0.9)),
    }


def bootstrap(
    units: list[Unit], figure: Callable[[list[Unit], np.ndarray], float], n: int = 200, seed: int = 0
) -> tuple[float, float]:
    """The 95 % interval of `figure(units, indices)`, checks drawn with repeats."""
    rng = np.random.default_rng(seed)
    groups: dict[str, list[int]] = defaultdict(list)
    for i, unit in enumerate(units):
        groups[unit.check].append(i)
    names = sorted(groups)
    values = []
    for _ in range(n):
        drawn = np.concatenate([groups[names[i]] for i in rng.integers(len(names), size=len(names))])
        values.append(figure([units[i] for i in drawn], drawn))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
