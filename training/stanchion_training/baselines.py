"""What the network has to beat, on the same descriptions and the same training units."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from .bags import balance, commonest, matrix
from .corpus import CATEGORIES, Unit
from .forest import SIZE, Forest
from .inject import OPERATORS, spelled

#: Scores of test units, given training units.
Baseline = Callable[[list[Unit], list[Unit]], np.ndarray]


def by_category(fit: Callable[[list[Unit], list[Unit]], np.ndarray]) -> Baseline:
    """A baseline that is fitted for each category alone."""

    def run(train: list[Unit], test: list[Unit]) -> np.ndarray:
        scores = np.zeros(len(test))
        for category in CATEGORIES:
            known = [unit for unit in train if unit.category == category]
            asked = [i for i, unit in enumerate(test) if unit.category == category]
            if asked and len({unit.label for unit in known}) == 2:
                scores[asked] = fit(known, [test[i] for i in asked])
        return scores

    return run


def bags(units: list[Unit]) -> csr_matrix:
    """Hashed bags, one row a unit."""
    return matrix((unit.description for unit in units), SIZE)


def linear(train: list[Unit], test: list[Unit]) -> np.ndarray:
    """Logistic regression on bags of tokens."""
    model = LogisticRegression(C=1.0, max_iter=200, solver="liblinear")
    weights = balance(train)
    model.fit(bags(train), [unit.label for unit in train], sample_weight=weights / weights.mean())
    return model.decision_function(bags(test))


def trees(train: list[Unit], test: list[Unit]) -> np.ndarray:
    """Gradient-boosted trees on the commonest columns of the same bags, made dense."""
    model = HistGradientBoostingClassifier(max_iter=120, max_leaf_nodes=31, learning_rate=0.12, max_bins=4)
    known = bags(train)
    keep = commonest(known, 12, 1500)
    weights = balance(train)
    model.fit(known[:, keep].toarray().astype(np.float32), [unit.label for unit in train], sample_weight=weights / weights.mean())
    return model.decision_function(bags(test)[:, keep].toarray().astype(np.float32))


def forest(train: list[Unit], test: list[Unit]) -> np.ndarray:
    """The network's teacher."""
    return Forest(train, bags(train)).says(bags(test))


def keywords(_train: list[Unit], test: list[Unit]) -> np.ndarray:
    """The list of patterns that injection uses, as a rule: weak values less safe ones."""
    scores = np.zeros(len(test))
    for i, unit in enumerate(test):
        for _, path, value, _ in unit.description.lines:
            operator = next((it for it in OPERATORS if it.pattern.search(spelled(path))), None)
            if operator and operator.category == unit.category:
                scores[i] += (value in operator.weak) - (value in operator.safe)
    return scores


def size(_train: list[Unit], test: list[Unit]) -> np.ndarray:
    """How few lines are set."""
    return np.array([-sum(line[2] != "absent" for line in unit.description.lines) for unit in test], dtype=float)


def majority(_train: list[Unit], test: list[Unit]) -> np.ndarray:
    """Nothing."""
    return np.zeros(len(test))


BASELINES: dict[str, Baseline] = {
    "majority": majority,
    "size": size,
    "keywords": keywords,
    "linear": by_category(linear),
    "trees": by_category(trees),
    "forest": by_category(forest),
}
