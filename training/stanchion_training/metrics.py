"""Figures: all of scores of labelled units, with intervals by a bootstrap over checks."""

from __future__ import annotations

from collections import defaultdict

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


def average_precision(units: list[Unit], scores: np.ndarray, weight: np.ndarray | None = None) -> dict[str, float]:
    """PR-AUC by category; with `weight` [N], how often each unit counts."""
    label = np.array([unit.label for unit in units])
    weight = np.ones(len(units)) if weight is None else weight
    found = {}
    for name, index in of_category(units).items():
        drawn = index[weight[index] > 0]
        if len(set(label[drawn])) == 2:
            found[name] = float(average_precision_score(label[drawn], scores[drawn], sample_weight=weight[drawn]))
    return found


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


def rates(units: list[Unit], scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each check with both labels, P(failing scores above passing), ties counting half, and the index of a unit."""
    sides: dict[tuple[str, str], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i, unit in enumerate(units):
        sides[unit.check, unit.category][unit.label].append(i)
    found, units_of = [], []
    for passing, failing in sides.values():
        if passing and failing:
            gap = np.subtract.outer(scores[failing], scores[passing])
            found.append(float(((gap > 0) + 0.5 * (gap == 0)).mean()))
            units_of.append(passing[0])
    return np.array(found), np.array(units_of, dtype=int)


def pair_accuracy(units: list[Unit], scores: np.ndarray) -> float:
    """The mean of `rates`."""
    found, _ = rates(units, scores)
    return float(found.mean()) if len(found) else float("nan")


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


def draws(units: list[Unit], n: int = 200, seed: int = 0) -> np.ndarray:
    """[n, N] how often each unit counts where checks are drawn with repeats."""
    rng = np.random.default_rng(seed)
    names = sorted({unit.check for unit in units})
    number = {name: i for i, name in enumerate(names)}
    check = np.array([number[unit.check] for unit in units])
    counts = [np.bincount(rng.integers(len(names), size=len(names)), minlength=len(names)) for _ in range(n)]
    return np.array(counts)[:, check]


def drawn_pr_auc(units: list[Unit], runs: list[np.ndarray], drawn: np.ndarray) -> np.ndarray:
    """[n] macro PR-AUC of each draw, the mean over runs."""
    return np.mean([[mean(average_precision(units, scores, weight)) for weight in drawn] for scores in runs], axis=0)


def drawn_pair_accuracy(units: list[Unit], runs: list[np.ndarray], drawn: np.ndarray) -> np.ndarray:
    """[n] pair accuracy of each draw, the mean over runs."""
    of_runs = []
    for scores in runs:
        found, units_of = rates(units, scores)
        weight = drawn[:, units_of]
        of_runs.append(weight @ found / weight.sum(1))
    return np.mean(of_runs, axis=0)


def interval(values: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of drawn values."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
