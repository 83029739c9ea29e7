"""A forest that teaches the network.

Extremely randomized trees on bags of tokens rank resources of unseen types better than a network that learns from
labels alone; but a forest has many megabytes and cannot say which line speaks for a defect. So the network is
taught what the forest says: of every description that trains and in all categories, where a label is of one
category alone, and of *mixtures*, descriptions with lines left out and lines of others added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.ensemble import ExtraTreesClassifier

from .bags import balance, commonest, matrix
from .corpus import CATEGORIES, Description, Unit, canonical
from .encode import LENGTH, Encoded

#: Columns of a bag.
SIZE = 2**18
#: A token that fewer units have is not looked at, nor more tokens than the commonest.
LEAST, MOST = 8, 3000
TREES = 100


@dataclass(frozen=True)
class Mixture:
    """A made-up description, and the units that it was made of."""

    description: Description
    parents: tuple[int, int]


@dataclass(frozen=True)
class Lesson:
    """What the forest says: `rows` [M] of the encoding, `said` [M, C] probabilities of a defect."""

    rows: np.ndarray
    said: np.ndarray


def mixtures(units: list[Unit], n: int, seed: int) -> list[Mixture]:
    """`n` of them: a unit's type, some of its lines and a few of another unit."""
    rng = np.random.default_rng(seed)
    found = []
    for a, b in rng.integers(len(units), size=(n, 2)):
        first, *own = units[a].description.lines
        lost = rng.choice([0.0, 0.15, 0.4, 0.6])
        kept = [line for line in own if rng.random() >= lost]
        others = units[b].description.lines[1:]
        added = rng.permutation(len(others))[: rng.choice([0, 0, 1, 2, 4, 8])]
        lines = canonical([first, *kept, *(others[i] for i in added)])[:LENGTH]
        found.append(Mixture(Description(units[a].description.type, lines), (int(a), int(b))))
    return found


def alone(description: Description) -> Description:
    """Without the lines of neighbours."""
    return Description(description.type, tuple(line for line in description.lines if line[0] in {"type", "own"}))


class Forest:
    """The trees of one category."""

    def __init__(self, units: list[Unit], bags: sparse.csr_matrix) -> None:
        self.columns = commonest(bags, LEAST, MOST)
        weights = balance(units)
        self.trees = ExtraTreesClassifier(TREES, min_samples_leaf=2, random_state=0)
        self.trees.fit(bags[:, self.columns], [unit.label for unit in units], weights / weights.mean())

    def says(self, bags: sparse.csr_matrix) -> np.ndarray:
        """Probabilities of a defect."""
        parts = [bags[start : start + 8192][:, self.columns].toarray() for start in range(0, bags.shape[0], 8192)]
        return np.concatenate([self.trees.predict_proba(part)[:, 1] for part in parts])


def teach(known: list[Unit], more: list[Description], encoded: Encoded, neighbours: bool = True) -> Lesson:
    """Grows a forest for each category, and asks all of them about every description."""
    seen = {each.key: each for each in (*(unit.description for unit in known), *more)}
    look = (lambda each: each) if neighbours else alone
    asked = matrix([look(each) for each in seen.values()], SIZE)
    bags = matrix([look(unit.description) for unit in known], SIZE)
    said = np.full((len(seen), len(CATEGORIES)), 0.5, dtype=np.float32)
    for column, category in enumerate(CATEGORIES):
        of_category = [i for i, unit in enumerate(known) if unit.category == category]
        units = [known[i] for i in of_category]
        if len({unit.label for unit in units}) == 2:
            said[:, column] = Forest(units, bags[of_category]).says(asked)
    return Lesson(np.array([encoded.keys[key] for key in seen]), said)
