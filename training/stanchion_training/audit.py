"""A model that never saw some repositories, for a blind audit of what it suspects there.

`python -m stanchion_training.audit` deals the repositories into parts, trains without one of them (no weak
label, fix or injected base of theirs) and writes that model; `stanchion check --model-file` on the
repositories of that part then gives suspicions to judge by eye.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np

from . import corpus, export, precedents
from .encode import encode
from .forest import mixtures, teach
from .inject import inject
from .train import Schedule, train


def main() -> None:
    """Deals, trains, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--wild", type=Path, required=True)
    parser.add_argument("--root", type=Path, default=Path("."))
    parser.add_argument("--binary", type=Path, default=Path("target/release/stanchion"))
    parser.add_argument("--pairs", type=int, default=9000)
    parser.add_argument("--mixtures", type=int, default=30000)
    parser.add_argument("--parts", type=int, default=4, help="parts that the repositories are dealt into")
    parser.add_argument("--part", type=int, default=0, help="the part to train without")
    parser.add_argument("--to", type=Path, required=True, help="folder for audit.onnx, audit.json and held-out.txt")
    options = parser.parse_args()
    tables, schemas = options.shared / "reference/rules", options.shared / "reference/schemas"
    repositories = sorted(folder.name for folder in options.wild.iterdir() if folder.is_dir())
    rng = np.random.default_rng(26)
    held = set(rng.permutation(repositories)[options.part :: options.parts])
    wild = corpus.describe(options.binary, options.wild)
    wild = [each for each in wild if Path(each.file).relative_to(options.wild).parts[0] not in held]
    cases = corpus.labelled(options.binary, options.shared / "corpus/labelled/cases.jsonl.gz", tables)
    fixtures = corpus.fixtures(options.binary, options.root / "fixtures/rules")
    fixpairs = corpus.fix_pairs(options.binary, options.shared / "corpus/fixpairs/fixpairs.jsonl.gz")
    fixpairs = [unit for unit in fixpairs if unit.keys["repo"] not in held]
    corpus.point([*cases, *fixtures, *fixpairs])
    weak = corpus.weak(wild, options.wild, options.shared / "corpus/weak/verdicts.jsonl.gz", tables)
    units = [*cases, *fixtures, *fixpairs, *weak, *inject(wild, schemas, options.pairs, seed=1)]
    mixed = [each.description for each in mixtures(units, options.mixtures, seed=2)]
    encoded = encode(options.binary, [*(unit.description for unit in units), *mixed])
    model = train(units, encoded, teach(units, mixed, encoded), Schedule(), seed=0)
    options.to.mkdir(parents=True, exist_ok=True)
    export.save(model, options.to / "audit.onnx")
    about = json.loads((options.root / "model/stanchion.json").read_text())
    about["sha256"] = hashlib.sha256((options.to / "audit.onnx").read_bytes()).hexdigest()
    about["features"] = encoded.features
    about["precedents"] = precedents.rows(precedents.mine(units, corpus.serious_checks(tables, options.binary)))
    about["vocabulary"] = [int(word) for word in encoded.vocabulary]
    (options.to / "audit.json").write_text(json.dumps(about))
    (options.to / "held-out.txt").write_text("\n".join(sorted(held)) + "\n")


if __name__ == "__main__":
    main()
