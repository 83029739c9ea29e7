"""Labelled units from every source: what is known of a resource, in one category.

A *unit* is a description (what the encoder sees of one resource), a category, a label, and the
group keys that splits need. A label is known only for the category of the check it came from;
all other categories of that resource are masked.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

CATEGORIES = (
    "access-control",
    "authentication",
    "encryption-at-rest",
    "encryption-in-transit",
    "logging-monitoring",
    "network-exposure",
    "resilience",
    "secrets",
    "supply-chain",
)

Line = tuple[str, str, str, int]


def canonical(lines: Iterable[Line]) -> tuple[Line, ...]:
    """In the order of the encoder, equal ones once: the type first, then what is its own, then neighbours. What
    is known of a line by its index is of this order."""
    rank = {"type": 0, "own": 1}
    alone = {line[:3]: line for line in lines}.values()
    return tuple(sorted(alone, key=lambda line: (rank.get(line[0], 2), *line[:3])))


@dataclass(frozen=True)
class Description:
    """One resource as the encoder sees it."""

    type: str
    lines: tuple[Line, ...]
    address: str = ""
    file: str = ""
    span: tuple[int, int] = (0, 0)

    @property
    def provider(self) -> str:
        """`aws`, `azure`, `gcp`, `kubernetes`, or what the type starts with."""
        start = self.type.split("_")[0]
        known = {"azurerm": "azure", "azuread": "azure", "azapi": "azure", "google": "gcp", "aws": "aws"}
        if start[:1].isupper() or start == "kubernetes":
            return "kubernetes"
        return known.get(start, start)

    @property
    def key(self) -> tuple[tuple[str, str, str], ...]:
        """The description without places: equal keys are exact duplicates."""
        return tuple(line[:3] for line in self.lines)

    def to_json(self) -> str:
        """As `stanchion model encode` reads it."""
        return json.dumps({"type": self.type, "lines": self.lines})


@dataclass
class Unit:
    """One labelled (resource, category)."""

    description: Description
    category: str
    label: int
    source: str
    check: str
    weight: float = 1.0
    #: Indices of the lines that decide, where known.
    decisive: tuple[int, ...] = ()
    #: Units of one pair differ in the decisive value alone.
    pair: str = ""
    keys: dict[str, str] = field(default_factory=dict)


def describe(binary: Path, root: Path) -> list[Description]:
    """Runs the encoder's first half over a folder."""
    done = subprocess.run(
        [binary, "model", "describe", "--no-progress", root], capture_output=True, text=True, check=True
    )
    return [read(line) for line in done.stdout.splitlines()]


def read(line: str) -> Description:
    """A description from the encoder's JSON."""
    row = json.loads(line)
    return Description(
        row["type"], tuple(tuple(each) for each in row["lines"]), row["address"], row["file"], tuple(row["span"])
    )


def categories_of_checks(tables: Path) -> dict[str, str]:
    """Check ids of other analyzers to categories, by the equivalents in the tables of canonical rules."""
    found: dict[str, str] = {}
    for table in sorted(tables.glob("*.tsv")):
        rows = (line for line in table.open() if not line.startswith("#"))
        for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
            found.setdefault(row["id"], row["category"])
            for equivalent in re.split(r"[\s,;]+", row.get("equivalents") or ""):
                if equivalent:
                    name = equivalent.split(":")[-1]
                    for spelling in (equivalent, name, "AVD-" + name):
                        found.setdefault(spelling, row["category"])
    return found


#: Rules that ask for a key of one's own: a matter of policy rather than a defect.
OWN_KEY = re.compile(r"customer-(managed-)?key|double-encryption|infrastructure-encryption|without-host-encryption|not-hsm-backed")


def serious_checks(tables: Path, binary: Path) -> set[str]:
    """Checks that ask for more than a key of one's own, and are more than information, unless about resilience."""
    rules = json.loads(subprocess.run([binary, "rules", "--format", "json"], capture_output=True, text=True, check=True).stdout)
    rows = []
    for table in sorted(tables.glob("*.tsv")):
        lines = (line for line in table.open() if not line.startswith("#"))
        rows += csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    found = set()
    for row in [*rows, *rules]:
        if OWN_KEY.search(row["id"]) or (row["severity"] == "info" and row["category"] != "resilience"):
            continue
        found.add(row["id"])
        if isinstance(row.get("equivalents"), str):
            for equivalent in re.split(r"[\s,;]+", row["equivalents"]):
                name = equivalent.split(":")[-1]
                found |= {equivalent, name, "AVD-" + name}
    return found


def write_tree(root: Path, name: str, files: dict[str, str]) -> None:
    """Writes files below `root/name`, never outside it."""
    folder = (root / name).resolve()
    for path, text in files.items():
        target = (folder / path).resolve()
        if not target.is_relative_to(folder):
            raise ValueError(f"{path} leaves its folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def labelled(binary: Path, cases: Path, tables: Path) -> list[Unit]:
    """Units from the test suites of other analyzers."""
    categories = categories_of_checks(tables)
    rows = [json.loads(line) for line in gzip.open(cases, "rt")]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for index, row in enumerate(rows):
            write_tree(root, f"c{index}", row["files"])
        by_case: dict[int, list[Description]] = defaultdict(list)
        for description in describe(binary, root):
            place = Path(description.file).relative_to(root)
            by_case[int(place.parts[0][1:])].append(description)
    units: list[Unit] = []
    for index, row in enumerate(rows):
        category = categories.get(row["check"])
        if category not in CATEGORIES:
            continue
        for expected in row["expect"]:
            for description in matching(by_case[index], expected, row):
                units.append(
                    Unit(
                        description,
                        category,
                        int(expected["verdict"] == "fail"),
                        "cases",
                        row["check"],
                        keys={"peer": row["peer"], "provider": row["provider"]},
                    )
                )
    return units


def matching(described: Iterable[Description], expected: dict, row: dict) -> Iterator[Description]:
    """The resources that an expectation speaks of; none where a whole file is meant that has several."""
    own = [each for each in described if each.lines[0][2] != "data" or "data." in expected.get("address", "")]
    if "address" in expected:
        wanted = expected["address"].split(".")
        for each in own:
            address = re.split(r"[./]", each.address)
            if address == wanted or (address[0] == wanted[0] and address[-1] == wanted[-1]):
                yield each
                return
        return
    here = [each for each in own if each.file.endswith("/" + expected["file"])]
    if expected.get("count", 1) == len(here) or len(here) == 1:
        yield from here


def fixtures(binary: Path, folder: Path) -> list[Unit]:
    """Units from the fixtures of our own rules: all resources of the rule's targets in `bad` and `good`."""
    listed = subprocess.run([binary, "rules", "--format", "json"], capture_output=True, text=True, check=True)
    rules = {rule["id"]: rule for rule in json.loads(listed.stdout)}
    units = []
    for description in describe(binary, folder):
        place = Path(description.file).relative_to(folder)
        rule, kind = rules.get(place.parts[0]), place.parts[1]
        if rule is None or kind not in {"bad", "good"} or rule["category"] not in CATEGORIES:
            continue
        if description.type not in rule["targets"] and not ({"workload"} & set(rule["targets"])):
            continue
        if kind == "bad" and not is_marked(Path(description.file), description.span):
            continue
        units.append(
            Unit(description, rule["category"], int(kind == "bad"), "fixtures", "own:" + rule["id"])
        )
    return units


def is_marked(file: Path, span: tuple[int, int]) -> bool:
    """Whether a fixture marks a line of this block, or the comment line above it."""
    lines = file.read_text().splitlines()[max(0, span[0] - 2) : span[1]]
    return any("expect:" in line for line in lines)


def fix_pairs(binary: Path, path: Path) -> list[Unit]:
    """Before (defective) and after (fixed) of real commits."""
    rows = [json.loads(line) for line in gzip.open(path, "rt")]
    ends = {"terraform": "main.tf", "kubernetes": "manifest.yaml", "helm-values": "values.yaml"}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for index, row in enumerate(rows):
            for side in ("before", "after"):
                write_tree(root, f"p{index}/{side}", {ends[row["format"]]: row[side]})
        sides: dict[tuple[int, str], list[Description]] = defaultdict(list)
        for description in describe(binary, root):
            place = Path(description.file).relative_to(root)
            sides[int(place.parts[0][1:]), place.parts[1]].append(description)
    units = []
    for index, row in enumerate(rows):
        before, after = sides[index, "before"], sides[index, "after"]
        if row["category"] not in CATEGORIES or not before or not after:
            continue
        pair = (before[0], after[0])
        if pair[0].key == pair[1].key:
            continue
        changed = set(pair[0].key) ^ set(pair[1].key)
        for side, description in zip((1, 0), pair, strict=True):
            decisive = tuple(i for i, line in enumerate(description.key) if line in changed)
            units.append(
                Unit(
                    description,
                    row["category"],
                    side,
                    "fixpairs",
                    f"fix:{index}",
                    decisive=decisive,
                    pair=f"fix:{index}",
                    keys={"repo": row["repo"].replace("/", "__"), "confidence": row["confidence"]},
                )
            )
    return units


def weak(wild: list[Description], root: Path, verdicts: Path, tables: Path) -> list[Unit]:
    """Other analyzers' opinions on real repositories; noisy, so for training only."""
    categories = categories_of_checks(tables)
    by_place: dict[tuple[str, str, int], list[Description]] = defaultdict(list)
    for description in wild:
        place = Path(description.file).relative_to(root)
        by_place[place.parts[0], "/".join(place.parts[1:]), description.span[0]].append(description)
    units = []
    for line in gzip.open(verdicts, "rt"):
        row = json.loads(line)
        here = by_place.get((row["repo"], row["path"], row["lines"][0]))
        if not here:
            continue
        description = here[0]
        failed = {categories.get(check) for check in row["fail"]}
        passed = {categories.get(check) for check in row.get("pass", [])} - failed
        for label, found in ((1, failed), (0, passed)):
            for category in sorted(found & set(CATEGORIES)):
                units.append(
                    Unit(
                        description,
                        category,
                        label,
                        "weak",
                        f"weak:{row['tool']}",
                            weight=0.3,
                        keys={"repo": row["repo"]},
                    )
                )
    return units


def point(units: list[Unit], most: int = 5) -> None:
    """Marks the decisive lines of units whose nearest unit of the other label differs in few lines only."""
    groups: dict[tuple[str, str, str], list[Unit]] = defaultdict(list)
    for unit in units:
        groups[unit.source, unit.check, unit.category].append(unit)
    for group in groups.values():
        keys = [frozenset(unit.description.key[1:]) for unit in group]
        for unit, key in zip(group, keys, strict=True):
            others = [other for it, other in zip(group, keys, strict=True) if it.label != unit.label]
            nearest = min(others, key=lambda other: len(key ^ other), default=None)
            if nearest is not None and 0 < len(key - nearest) <= most and len(nearest - key) <= most:
                unit.decisive = tuple(i for i, line in enumerate(unit.description.key) if line in key - nearest)
            elif len(unit.decisive) > most:
                unit.decisive = ()
