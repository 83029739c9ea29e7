"""Settings that mark known defects on several types: what a suspicion must be able to point at.

A precedent is a key of an attribute's path, a value and a category. It is mined from the decisive lines
of labelled units. The keys are those of `src/model/precedent.rs`, and its tests hold both together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import asdict, dataclass

from .corpus import CATEGORIES, Description, Unit
from .words import plain, words

#: Types on which a setting must mark defects: one word of the last step, one with the step above, two words.
LEAST_TYPES = {"one": 8, "below": 5, "two": 3}
#: Values that say much by themselves; one word beside them is enough.
COMMON = {"true", "false", "absent", "empty"}
#: The share of types on which it marks defects, among those that it marks and those that pass with it.
LEAST_SHARE = 0.75
#: How much commoner a word must be among decisive lines of the category than among all.
LEAST_LIFT = 2.0
#: Values that tell only that there is something, and modules at a release that somebody chose.
OPEN = ("unknown", "ref", "data", "text", "arn", "literal other", "source tag")


#: Words that say nothing without another one.
GENERIC = {"access", "action", "config", "enabled", "level", "mode", "name", "network", "period", "policy", "state", "type", "value"}


@dataclass(frozen=True)
class Precedent:
    """As the program reads it."""

    category: str
    key: str
    value: str
    types: int


def keys(path: str) -> list[str]:
    """Words of the last step, pairs of neighbours, and each word below the last one of the step before."""
    steps = path.split(".")
    last = [word for word in words(steps[-1]) if len(word) > 1]
    above = words(steps[-2])[-1:] if len(steps) > 1 else []
    pairs = [f"{a} {b}" for a, b in zip(last, last[1:])]
    return last + pairs + [f"{above[0]}.{word}" for word in last if above]


def is_wide(key: str, value: str, n_types: int) -> bool:
    """Whether a setting marks defects on enough types; what is merely not set needs two words."""
    if key in GENERIC:
        return False
    form = "two" if " " in key else "below" if "." in key else "one"
    if value == "absent":
        return form == "two" and n_types >= LEAST_TYPES["two"]
    return n_types >= (LEAST_TYPES[form] if value in COMMON else LEAST_TYPES["two"])


def mine(units: list[Unit], serious: set[str]) -> list[Precedent]:
    """Precedents of real units, sorted as the program wants them; only of checks that are serious, and of fixes."""
    bad: dict[str, dict[tuple[str, str], set[str]]] = {name: defaultdict(set) for name in CATEGORIES}
    good: dict[str, dict[tuple[str, str], set[str]]] = {name: defaultdict(set) for name in CATEGORIES}
    checks: dict[str, dict[str, set[str]]] = {name: defaultdict(set) for name in CATEGORIES}
    for unit in units:
        if unit.source not in {"cases", "fixtures", "fixpairs"}:
            continue
        for index, (role, path, value, *_) in enumerate(unit.description.lines):
            if role != "own":
                continue
            path, value = plain(path, value)
            if unit.label and index in unit.decisive and is_serious(unit, serious):
                for key in keys(path):
                    bad[unit.category][key, value].add(unit.description.type)
                for word in {each for step in path.split(".")[-2:] for each in words(step)}:
                    checks[unit.category][word].add(unit.check)
            elif not unit.label:
                for key in keys(path):
                    good[unit.category][key, value].add(unit.description.type)
    every = {name: {check for found in by_word.values() for check in found} for name, by_word in checks.items()}
    total = sum(map(len, every.values()))
    found = []
    for name in CATEGORIES:

        def lift(word: str, name: str = name) -> float:
            everywhere = sum(len(by_word.get(word, ())) for by_word in checks.values())
            return len(checks[name].get(word, ())) / max(len(every[name]), 1) / max(everywhere / max(total, 1), 1e-9)

        for (key, value), types in bad[name].items():
            n, n_good = len(types), len(good[name].get((key, value), set()) - types)
            elsewhere = sum(len(bad[other].get((key, value), ())) for other in CATEGORIES)
            own = max(lift(word) for word in re.split(r"[ .]", key)) >= LEAST_LIFT
            if (
                own
                and is_wide(key, value, n)
                and n >= LEAST_SHARE * (n + n_good)
                and 2 * n >= elsewhere
                and not value.startswith(OPEN)
            ):
                found.append(Precedent(name, key, value, n))
    return sorted(found, key=lambda each: (each.value.encode(), each.key.encode(), each.category))


def is_serious(unit: Unit, serious: set[str]) -> bool:
    """Whether a unit's check is; a fix that somebody made is."""
    return unit.source == "fixpairs" or unit.check.removeprefix("own:") in serious


def marked(description: Description, precedents: dict[tuple[str, str], set[str]]) -> dict[int, set[str]]:
    """The categories that lines have a precedent in."""
    found: dict[int, set[str]] = {}
    about = set(words(description.type))
    outward = is_outward(description)
    for index, (role, path, value, *_) in enumerate(description.lines):
        is_normal = (
            (value == "cidr any" and (outward or OUTWARD & set(words(path))))
            or (value == "image untagged" and MACHINES & about)
            or (value == "cidr any" and about >= {"default", "acl"})
            or (value == "number zero" and "log" in about)
            or (STATELESS & about and KEPT & set(words(path)))
            or ("health" in about and LOGS & set(words(path)))
        )
        if role == "own" and not is_normal:
            path, value = plain(path, value)
            categories = set().union(*(precedents.get((key, value), set()) for key in keys(path)))
            if categories:
                found[index] = categories
    return found


#: Words of what goes out, where every address is normal.
OUTWARD = {"destination", "egress", "mirroring", "nat", "outbound", "peer", "route"}
#: Words of types whose image is that of a machine, which has no tag.
MACHINES = {"compute", "disk", "instance", "launch", "machine", "vm"}

#: Words of types that hold nothing that is lost with them.
STATELESS = {"folder", "function", "job", "lambda", "run", "workflow"}
#: Words of paths about what keeps a thing from being deleted.
KEPT = {"deletion", "destroy"}
#: Words of paths about logs; the log of a health check tells of no attack.
LOGS = {"log", "logging", "logs"}


def is_outward(description: Description) -> bool:
    """Whether a resource is about what goes out."""
    switched = any(role == "own" and path == "egress" and value == "true" for role, path, value, *_ in description.lines)
    return switched or bool(OUTWARD & set(words(description.type)))


def by_key(precedents: list[Precedent]) -> dict[tuple[str, str], set[str]]:
    """The categories of each key and value."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in precedents:
        found[each.key, each.value].add(each.category)
    return found


def rows(precedents: list[Precedent]) -> list[dict]:
    """As JSON."""
    return [asdict(each) for each in precedents]
