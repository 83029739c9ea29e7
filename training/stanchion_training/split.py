"""Groups that must not be torn apart, and folds over them."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from pathlib import Path

import numpy as np

from .corpus import Unit
from .schema import WORKLOADS, paths


class Sets:
    """Disjoint sets by name."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def find(self, name: str) -> str:
        """The representative of the set."""
        root = name
        while self.parent.get(root, root) != root:
            root = self.parent[root]
        while self.parent.get(name, name) != root:
            self.parent[name], name = root, self.parent[name]
        return root

    def union(self, a: str, b: str) -> None:
        """Makes one set of two."""
        a, b = self.find(a), self.find(b)
        if a != b:
            self.parent[max(a, b)] = min(a, b)


def stem(type_name: str) -> str:
    """A type without its version and its variant."""
    return re.sub(r"(_v\d+(alpha\d|beta\d)?|_slot)$", "", type_name).replace("windows", "linux").replace("_alb", "_lb")


def type_clusters(schemas: Path, least: float = 0.7) -> Sets:
    """Types that are nearly the same: versions, variants, and schemas that share most of their attributes."""
    sets = Sets()
    for kind in WORKLOADS:
        sets.union(kind, "Pod")
    bags: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
    for file in sorted(schemas.glob("*.jsonl.gz")):
        for line in gzip.open(file, "rt"):
            row = json.loads(line)
            if row["kind"] != "resource":
                continue
            sets.union(row["type"], stem(row["type"]))
            bag = frozenset(path for path, _ in paths(row.get("attributes", {}), row.get("blocks", {})))
            if len(bag) >= 6:
                bags[file.name].append((row["type"], bag))
    for here in bags.values():
        for i, (a, left) in enumerate(here):
            for b, right in here[i + 1 :]:
                if min(len(left), len(right)) >= least * max(len(left), len(right)):
                    common = len(left & right)
                    if common >= least * (len(left) + len(right) - common):
                        sets.union(a, b)
    return sets


def folds(groups: list[str], n: int, seed: int) -> list[set[str]]:
    """Groups dealt into `n` folds of about equal numbers of units, large groups first."""
    sizes: dict[str, int] = defaultdict(int)
    for group in groups:
        sizes[group] += 1
    rng = np.random.default_rng(seed)
    order = sorted(sizes, key=lambda group: (-sizes[group], group))
    result: list[set[str]] = [set() for _ in range(n)]
    loads = np.zeros(n)
    for group in order:
        lightest = np.flatnonzero(loads == loads.min())
        chosen = int(rng.choice(lightest))
        result[chosen].add(group)
        loads[chosen] += sizes[group]
    return result


def twins_apart(train: list[Unit], test: list[Unit]) -> list[Unit]:
    """The training units without exact copies, type aside, of a test unit."""
    seen = {unit.description.key[1:] for unit in test}
    return [unit for unit in train if unit.description.key[1:] not in seen]


def checks_apart(train: list[Unit], test: list[Unit]) -> list[Unit]:
    """The training units without those of a check that a test unit is of: one check may speak of several types."""
    asked = {unit.check for unit in test}
    return [unit for unit in train if unit.check not in asked]
