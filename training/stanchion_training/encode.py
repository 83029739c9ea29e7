"""Descriptions to tensors, by the product's own encoder: no feature is computed here."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file

from .corpus import Description

LENGTH = 64


@dataclass(frozen=True)
class Encoded:
    """`words` [W, S], `lines` [U, T], `crosses` [U, X], and `rows` [N, LENGTH] padded with 0; `keys` finds a description's row."""

    words: np.ndarray
    lines: np.ndarray
    crosses: np.ndarray
    rows: np.ndarray
    vocabulary: np.ndarray
    #: The version of the encoder.
    features: int
    keys: dict[tuple, int]

    @property
    def kind_role(self) -> int:
        """The word that marks the line of the type, which is the first of every resource."""
        return int(self.lines[self.rows[0, 0], -1])

    @cached_property
    def own_role(self) -> int:
        """The word that marks own lines: the commonest role but that of the type."""
        roles, counts = np.unique(self.lines[1:, -1], return_counts=True)
        counts[roles == self.kind_role] = 0
        return int(roles[counts.argmax()])


def encode(binary: Path, descriptions: list[Description]) -> Encoded:
    """Encodes each distinct description once."""
    keys: dict[tuple, int] = {}
    distinct = []
    for description in descriptions:
        if description.key not in keys:
            keys[description.key] = len(distinct)
            distinct.append(description)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "tensors.safetensors"
        text = "\n".join(each.to_json() for each in distinct)
        subprocess.run([binary, "model", "encode", "--to", target], input=text, text=True, check=True)
        tensors = load_file(target)
        with safe_open(target, framework="numpy") as file:
            features = int(file.metadata()["features"])
    ends = tensors["ends"]
    starts = np.concatenate([[0], ends[:-1]])
    rows = np.zeros((len(ends), LENGTH), dtype=np.int64)
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        rows[i, : end - start] = tensors["rows"][start:end]
    return Encoded(tensors["words"], tensors["lines"], tensors["crosses"], rows, tensors["vocabulary"], features, keys)
