"""Descriptions as bags of tokens, for models that look at no order."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from scipy import sparse
from sklearn.feature_extraction import FeatureHasher

from .corpus import Description, Unit
from .inject import spelled
from .words import plain


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


def matrix(descriptions: Iterable[Description], size: int) -> sparse.csr_matrix:
    """Hashed bags, one row a description."""
    return FeatureHasher(size, alternate_sign=False).transform(tokens(each) for each in descriptions)


def commonest(bags: sparse.csr_matrix, least: int, most: int) -> np.ndarray:
    """Columns that at least so many rows have, the commonest first and at most so many."""
    counts = np.asarray((bags > 0).sum(0))[0]
    columns = np.flatnonzero(counts >= least)
    return columns[np.argsort(-counts[columns], kind="stable")][:most]


def balance(units: list[Unit]) -> np.ndarray:
    """Weights by which each check counts the same, as the network's batches have it."""
    counts: dict[tuple[str, str], int] = {}
    for unit in units:
        key = (unit.source, unit.description.type if unit.source in {"weak", "injected"} else unit.check)
        counts[key] = counts.get(key, 0) + 1
    return np.array(
        [unit.weight / counts[unit.source, unit.description.type if unit.source in {"weak", "injected"} else unit.check] ** 0.5 for unit in units]
    )
