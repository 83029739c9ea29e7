"""Words of paths, as the encoder has them; the program's parity test holds both together."""

from __future__ import annotations

import re

#: Words that turn a switch around, and what stands in their place when it is turned back.
NEGATIONS = {
    "block": "",
    "bypass": "",
    "deny": "",
    "disable": "enable",
    "disabled": "enabled",
    "ignore": "",
    "no": "",
    "non": "",
    "prevent": "",
    "restrict": "",
    "skip": "",
    "without": "",
}


def words(text: str) -> list[str]:
    """The words of an identifier, in lower case."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    text = re.sub(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", text)
    return re.findall(r"[a-z]+|\d+", text.lower())


def plain(path: str, value: str) -> tuple[str, str]:
    """A switch without double negation."""
    opposite = {"true": "false", "false": "true"}.get(value)
    if opposite is None:
        return path, value
    above, dot, last = path.rpartition(".")
    said = words(last)
    negations = sum(word in NEGATIONS for word in said)
    left = [word for word in (NEGATIONS.get(word, word) for word in said) if word]
    if not negations or not left:
        return path, value
    return above + dot + "_".join(left), opposite if negations % 2 else value
