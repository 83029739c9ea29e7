"""What the network has to beat, on the same descriptions and the same training units."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import LogisticRegression

from .corpus import CATEGORIES, Description, Unit
from .inject import OPERATORS, spelled
from .words import plain

#: Scores of test units, given training units.
Baseline = Callable[[list[Unit], list[Unit], int], np.ndarray]


def tokens(description: Description) -> dict[str, float]:
    """A bag: words of paths, words of values, whole lines by their last two steps, and words crossed with values."""
    bag: dict[str, float] = {}
    for role, path, value, _ in description.lines:
        path, value = plain(path, value)
        side = "own" if role == "own" else role
        words = re.findall(r"[a-z]+|\d+", spelled(path))
        for word in words:
            bag[f"{side}:{word}"] = 1.0
            bag[f"{side}:{word}={value}"] = 1.0
        bag[f"{side}:{'_'.join(words)}={value}"] = 1.0
        for word in value.split():
            bag[f"{side}={word}"] = 1.0
    return bag


def matrix(units: list[Unit], size: int) -> sparse.csr_matrix:
    """Hashed bags, one row a unit."""
    return FeatureHasher(size, alternate_sign=False).transform(tokens(unit.description) for unit in units)


def by_category(fit: Callable[[list[Unit], list[Unit]], np.ndarray]) -> Baseline:
    """A baseline that is fitted for each category alone."""

    def run(train: list[Unit], test: list[Unit], _seed: int) -> np.ndarray:
        scores = np.zeros(len(test))
        for category in CATEGORIES:
            known = [unit for unit in train if unit.category == category]
            asked = [i for i, unit in enumerate(test) if unit.category == category]
            if asked and len({unit.label for unit in known}) == 2:
                scores[asked] = fit(known, [test[i] for i in asked])
        return scores

    return run


def balance(units: list[Unit]) -> np.ndarray:
    """Weights by which each check counts the same, as the network's batches have it."""
    counts: dict[tuple[str, str], int] = {}
    for unit in units:
        key = (unit.source, unit.description.type if unit.source in {"weak", "injected"} else unit.check)
        counts[key] = counts.get(key, 0) + 1
    return np.array(
        [unit.weight / counts[unit.source, unit.description.type if unit.source in {"weak", "injected"} else unit.check] ** 0.5 for unit in units]
    )


def linear(train: list[Unit], test: list[Unit]) -> np.ndarray:
    """Logistic regression on bags of tokens."""
    model = LogisticRegression(C=1.0, max_iter=200, solver="liblinear")
    weights = balance(train)
    model.fit(matrix(train, 2**18), [unit.label for unit in train], sample_weight=weights / weights.mean())
    return model.decision_function(matrix(test, 2**18))


def trees(train: list[Unit], test: list[Unit]) -> np.ndarray:
    """Gradient-boosted trees on the same bags, hashed smaller and made dense."""
    model = HistGradientBoostingClassifier(max_iter=120, max_leaf_nodes=31, learning_rate=0.12, max_bins=4)
    keep = np.flatnonzero(np.asarray((matrix(train, 2**16) > 0).sum(0))[0] >= 12)
    keep = keep[np.argsort(-np.asarray((matrix(train, 2**16)[:, keep] > 0).sum(0))[0])][:1500]
    weights = balance(train)
    dense = matrix(train, 2**16)[:, keep].toarray().astype(np.float32)
    model.fit(dense, [unit.label for unit in train], sample_weight=weights / weights.mean())
    return model.decision_function(matrix(test, 2**16)[:, keep].toarray().astype(np.float32))


def keywords(_train: list[Unit], test: list[Unit], _seed: int) -> np.ndarray:
    """The list of patterns that injection uses, as a rule: weak values less safe ones."""
    scores = np.zeros(len(test))
    for i, unit in enumerate(test):
        for _, path, value, _ in unit.description.lines:
            operator = next((it for it in OPERATORS if it.pattern.search(spelled(path))), None)
            if operator and operator.category == unit.category:
                scores[i] += (value in operator.weak) - (value in operator.safe)
    return scores


def size(_train: list[Unit], test: list[Unit], _seed: int) -> np.ndarray:
    """How few lines are set."""
    return np.array([-sum(line[2] != "absent" for line in unit.description.lines) for unit in test], dtype=float)


def majority(_train: list[Unit], test: list[Unit], _seed: int) -> np.ndarray:
    """Nothing."""
    return np.zeros(len(test))


BASELINES: dict[str, Baseline] = {
    "majority": majority,
    "size": size,
    "keywords": keywords,
    "linear": by_category(linear),
    "trees": by_category(trees),
}
