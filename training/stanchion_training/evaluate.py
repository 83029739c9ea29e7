"""Every split, each a list of jobs: which units train, which are asked, and by what."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace

import numpy as np
import torch

from .baselines import BASELINES
from .corpus import CATEGORIES, Unit
from .encode import Encoded
from .forest import Mixture, teach
from .precedents import by_key, marked, mine
from .split import Sets, checks_apart, folds, twins_apart
from .network import LineCnn
from .train import Schedule, predict, train


@dataclass(frozen=True)
class Data:
    """All units by source, their encoding, and which types are nearly the same."""

    cases: list[Unit]
    fixtures: list[Unit]
    fixpairs: list[Unit]
    weak: list[Unit]
    injected: list[Unit]
    encoded: Encoded
    clusters: Sets
    #: The checks that precedents may come from.
    serious: set[str]
    #: Made of units of `everything()`.
    mixtures: list[Mixture]

    def everything(self) -> list[Unit]:
        """All units."""
        return [*self.cases, *self.fixtures, *self.fixpairs, *self.weak, *self.injected]


@dataclass(frozen=True)
class Job:
    """Trainings that differ in their seed alone, and the units that their scores are for."""

    split: str
    fold: str
    method: str
    seeds: int
    train: list[int]
    test: list[int]
    #: Injected units that are held out as well.
    injected: list[int]


@dataclass(frozen=True)
class Scores:
    """What a training of a job gave: a logit a test unit, and where each line's share is largest."""

    job: Job
    seed: int
    logits: np.ndarray
    #: Whether the line with the largest share is a decisive one; -1 where none is known.
    first: np.ndarray
    #: Whether the line that a suspicion shows first is a decisive one; -1 where none is known, or nothing is shown.
    shown: np.ndarray
    #: Of held-out injected pairs, whether the defect has the higher score, and whether its line says most.
    ordered: np.ndarray
    pointed: np.ndarray


DATA: Data | None = None


def load(data: Data) -> None:
    """Makes the data known to this process, and to those forked from it."""
    global DATA
    DATA = data


def run(job: Job) -> list[Scores]:
    """Trains and scores, once a seed; in a process of its own."""
    assert DATA is not None, "load() comes first"
    torch.set_num_threads(1)
    every = DATA.everything()
    test = [every[i] for i in job.test]
    known = twins_apart([every[i] for i in job.train], test)
    if job.split != "random":
        known = checks_apart(known, test)
    if job.method in BASELINES:
        none, unknown = np.zeros(0), np.full(len(test), -1)
        return [Scores(job, 0, BASELINES[job.method](known, test), unknown, unknown, none, none)]
    encoded = DATA.encoded
    if job.method == "no-injection":
        known = [unit for unit in known if unit.source != "injected"]
    if job.method == "no-neighbours":
        encoded = alone(encoded)
    kept = {id(unit) for unit in known}
    mixed = [each.description for each in DATA.mixtures if all(id(every[i]) in kept for i in each.parents)]
    if job.method == "scrambled":
        labels = np.random.default_rng(0).permutation([unit.label for unit in known])
        known = [replace(unit, label=int(label), pair="", decisive=()) for unit, label in zip(known, labels, strict=True)]
    lesson = None if job.method == "no-teacher" else teach(known, mixed, encoded, job.method != "no-neighbours")
    found = []
    for seed in range(job.seeds):
        model = train(known, encoded, lesson, Schedule(), seed)
        found.append(scored(model, job, seed, known, test, encoded))
    return found


def scored(model: LineCnn, job: Job, seed: int, known: list[Unit], test: list[Unit], encoded: Encoded) -> Scores:
    """What a model says of the units of a job."""
    rows = np.array([encoded.keys[unit.description.key] for unit in test])
    logits, shares = predict(model, encoded, rows)
    column = [CATEGORIES.index(unit.category) for unit in test]
    here = np.arange(len(test))
    own = shares[here, :, column]
    first = np.full(len(test), -1)
    for i, unit in enumerate(test):
        if unit.decisive and unit.label:
            first[i] = int(own[i].argmax() in unit.decisive)
    assert DATA is not None, "load() comes first"
    every = DATA.everything()
    ordered, pointed = pairs_in_order(model, encoded, [every[i] for i in job.injected])
    return Scores(job, seed, logits[here, column], first, shown_first(known, test, own), ordered, pointed)


def pairs_in_order(model: LineCnn, encoded: Encoded, units: list[Unit]) -> tuple[np.ndarray, np.ndarray]:
    """For injected pairs, which differ in one value: whether the defect's score is higher, and its line says most."""
    if not units:
        return np.zeros(0), np.zeros(0)
    rows = np.array([encoded.keys[unit.description.key] for unit in units])
    logits, shares = predict(model, encoded, rows)
    column = np.array([CATEGORIES.index(unit.category) for unit in units])
    here = np.arange(len(units))
    sides: dict[str, dict[int, int]] = {}
    for i, unit in enumerate(units):
        sides.setdefault(unit.pair, {})[unit.label] = i
    whole = [pair for pair in sides.values() if len(pair) == 2]
    own = logits[here, column]
    ordered = [float(own[pair[1]] > own[pair[0]]) for pair in whole]
    told = [pair[1] for pair in whole if units[pair[1]].decisive]
    pointed = [float(shares[i, :, column[i]].argmax() in units[i].decisive) for i in told]
    return np.array(ordered), np.array(pointed)


def shown_first(known: list[Unit], test: list[Unit], shares: np.ndarray) -> np.ndarray:
    """[N] whether the line with a precedent among the known units that speaks most for a defect is a decisive one;
    -1 where no line is known to decide, or none with a precedent speaks."""
    precedents = by_key(mine(known, DATA.serious))
    found = np.full(len(test), -1)
    for i, unit in enumerate(test):
        with_precedent = np.zeros(shares.shape[1], dtype=bool)
        for line, categories in marked(unit.description, precedents).items():
            if line < len(with_precedent):
                with_precedent[line] = unit.category in categories
        if unit.label and unit.decisive and ((shares[i] > 0) & with_precedent).any():
            found[i] = int(np.where(with_precedent, shares[i], -np.inf).argmax() in unit.decisive)
    return found


def alone(encoded: Encoded) -> Encoded:
    """The same resources without the lines of their neighbours."""
    role = encoded.lines[encoded.rows][:, :, -1]
    rows = np.where((role == encoded.own_role) | (role == encoded.kind_role), encoded.rows, 0)
    return replace(encoded, rows=rows)


def split(
    data: Data, name: str, asked: Iterable[int], parts: dict[str, Callable[[Unit], bool]], methods: dict[str, int]
) -> list[Job]:
    """Jobs that hold out each part in turn: what a part claims is asked if it is among `asked`, and never trains."""
    every = data.everything()
    wanted = set(asked)
    jobs = []
    for fold, is_held_out in parts.items():
        held = [is_held_out(unit) for unit in every]
        test = [i for i, out in enumerate(held) if out and i in wanted]
        known = [i for i, out in enumerate(held) if not out]
        injected = [i for i, out in enumerate(held) if out and every[i].source == "injected" and name == "types"]
        jobs += [Job(name, fold, method, seeds, known, test, injected) for method, seeds in methods.items()]
    return jobs


def by_type(data: Data, n: int = 5) -> dict[str, Callable[[Unit], bool]]:
    """Folds of resource types, near-copies of a type together."""
    dealt = folds([data.clusters.find(unit.description.type) for unit in data.cases], n, 0)
    return {str(k): (lambda unit, part=part: data.clusters.find(unit.description.type) in part) for k, part in enumerate(dealt)}


def by_check(data: Data, n: int = 5) -> dict[str, Callable[[Unit], bool]]:
    """Folds of checks; everything but cases trains always, so types are seen."""
    dealt = folds([unit.check for unit in data.cases], n, 0)
    return {str(k): (lambda unit, part=part: unit.source == "cases" and unit.check in part) for k, part in enumerate(dealt)}


def by_provider() -> dict[str, Callable[[Unit], bool]]:
    """Each provider in turn; a module's provider is not known, so modules train."""
    return {name: (lambda unit, name=name: unit.description.provider == name) for name in ("aws", "azure", "gcp", "kubernetes")}


def by_repository(data: Data, n: int = 3) -> dict[str, Callable[[Unit], bool]]:
    """Folds of repositories, for pairs of real fixes."""
    dealt = folds([unit.keys["repo"] for unit in data.fixpairs], n, 0)
    return {str(k): (lambda unit, part=part: unit.keys.get("repo") in part) for k, part in enumerate(dealt)}


def at_random(data: Data, n: int = 5) -> dict[str, Callable[[Unit], bool]]:
    """One random fold of cases, as a warning: twins stand on both sides."""
    rng = np.random.default_rng(0)
    chosen = {id(unit) for unit in data.cases if rng.random() < 1 / n}
    return {"0": lambda unit: id(unit) in chosen}


def run_all(jobs: list[Job], workers: int) -> Iterable[Scores]:
    """Scores as they come, in processes forked from this one."""
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(workers) as pool:
        waiting = [pool.submit(run, job) for job in jobs]
        for done in as_completed(waiting):
            yield from done.result()
