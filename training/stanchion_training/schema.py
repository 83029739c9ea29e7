"""Write `model/attributes.txt` and `model/literals.txt`, the data that the encoder embeds.

`attributes.txt` says for each resource type which security-looking attributes its provider's
schema offers, so that the encoder can tell what is *not* set. `literals.txt` is the closed list of
texts that are settings (`TLS1_2`, `Enabled`, `private`) rather than names: texts that many
repositories have in common.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

#: Words that point at a defense more surely than the rest of the lexicon do.
STRONG = frozenset(
    "audit auth authentication authorization encrypt encrypted encryption kms logging logs mfa private privileged "
    "public publicly rotation ssl tls https firewall insecure anonymous escalation seccomp readonly versioning "
    "retention deletion backup protection password secret token cidr cidrs ingress egress policy customer cmk "
    "network vpc subnet endpoint root limits probe".split()
)
#: Most paths a type.
LIMIT = 24
#: Blocks and attributes that every type of a provider has, or that say nothing.
NEVER = frozenset("timeouts tags tags_all id region project location zone name labels user_project".split())
#: How `kubernetes_*` blocks are called in manifests, where adding nothing is wrong.
PLURALS = {
    "container": "containers",
    "init_container": "initContainers",
    "port": "ports",
    "volume": "volumes",
    "volume_mount": "volumeMounts",
    "rule": "rules",
    "subject": "subjects",
    "toleration": "tolerations",
}
#: Kinds of workloads, and the terraform type whose schema stands for all of them.
WORKLOADS = "Pod Deployment StatefulSet DaemonSet ReplicaSet ReplicationController Job CronJob".split()
POD = [
    "pod.containers.securityContext",
    "pod.securityContext",
    "pod.containers.resources.limits",
    "pod.containers.livenessProbe",
    "pod.containers.readinessProbe",
    "pod.automountServiceAccountToken",
    "pod.serviceAccountName",
    "pod.containers.securityContext.allowPrivilegeEscalation",
    "pod.containers.securityContext.readOnlyRootFilesystem",
    "pod.containers.securityContext.runAsNonRoot",
    "pod.containers.securityContext.capabilities",
    "pod.containers.securityContext.seccompProfile",
    "pod.containers.securityContext.capabilities.drop",
    "pod.containers.resources.requests",
    "pod.securityContext.runAsNonRoot",
    "pod.securityContext.seccompProfile",
    "pod.containers.imagePullPolicy",
]


def words(name: str) -> list[str]:
    """Lowercase words of an identifier."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]


def paths(attributes: dict, blocks: dict, above: str = "", depth: int = 0) -> Iterator[tuple[str, int]]:
    """Paths that a user may set, with their depth. Attributes that only the provider sets are left out."""
    for name, (flags, *_) in attributes.items():
        if "r" not in flags and "d" not in flags and "o" in flags and name not in NEVER:
            yield above + name, depth
    for name, block in blocks.items():
        inner = block[-1] if isinstance(block, list) else block
        if name in NEVER:
            continue
        yield above + name, depth
        if depth < 1 and isinstance(inner, dict):
            yield from paths(inner.get("attributes", {}), inner.get("blocks", {}), f"{above}{name}.", depth + 1)


def camel(path: str) -> str:
    """A path of a typed Terraform resource as the API spells it."""
    return ".".join(
        PLURALS.get(step) or re.sub(r"_(\w)", lambda letter: letter.group(1).upper(), step) for step in path.split(".")
    )


def attributes(schemas: Path, lexicon: frozenset[str]) -> dict[str, list[str]]:
    """Type to its security-looking paths, most telling first, shallow before deep."""
    found: dict[str, list[str]] = {}
    for file in sorted(schemas.glob("*.jsonl.gz")):
        for line in gzip.open(file, "rt"):
            row = json.loads(line)
            if row["kind"] != "resource":
                continue
            ranked = []
            for path, depth in paths(row.get("attributes", {}), row.get("blocks", {})):
                last = words(path.rsplit(".", 1)[-1])
                strong = sum(word in STRONG for word in last)
                weak = sum(word in lexicon for word in last)
                if strong or weak:
                    ranked.append((-min(strong, 1) * 2 + depth, -strong, -weak, path))
            ranked.sort()
            chosen = [path for *_, path in ranked[:LIMIT]]
            if row["type"].startswith("kubernetes_"):
                kind = "".join(
                    word.capitalize() for word in re.sub(r"_v\d.*$", "", row["type"])[len("kubernetes_") :].split("_")
                )
                chosen = [camel(path) for path in chosen if not path.startswith("metadata")]
                row["type"] = kind
            if chosen:
                found.setdefault(row["type"], chosen)
    for kind in WORKLOADS:
        found[kind] = POD
    return found


#: `key = "value"` and `key: value` with a short value without blanks.
SETTING = re.compile(r"""([A-Za-z_][\w.-]*)["']?\s*[=:]\s*(\[\s*)?["']?([A-Za-z][A-Za-z0-9_.:/-]{1,30})["']?\s*[,\]]?\s*$""", re.M)
#: Keys whose values are names, in any repository.
NAMING = re.compile(
    r"(^|_|[a-z])(name|namespace|id|label|tag|title|description|prefix|suffix|env|environment|project|region|zone|location|owner|app|component|source|path|file|host|url|image|repository|key|value|default|version)s?$",
    re.I,
)
#: Texts that tell what somebody thought of the resource.
TELLTALE = re.compile(r"good|bad|pass|fail|ok|secure|vuln|compliant|positive|negative|test|example|demo|foo|bar|sample|unsafe", re.I)

#: Texts that are paths, keys or API actions, which the encoder classes by itself.
PUNCTUATED = re.compile(r"[./]|:$|^[a-z0-9]+:[A-Z*]")


def literals(wild: Path, least: int) -> list[str]:
    """Texts that at least `least` repositories set under a key that does not name things."""
    repositories: dict[str, set[str]] = defaultdict(set)
    for file in sorted(wild.glob("*.jsonl.gz")):
        for line in gzip.open(file, "rt"):
            row = json.loads(line)
            if row["kind"] not in {"terraform", "kubernetes", "helm", "tfvars"}:
                continue
            for key, _, value in SETTING.findall(row["text"]):
                known = key.lower() in {"type", "kind", "protocol", "sse_algorithm", "tls_version"} or not NAMING.search(key)
                if known and not TELLTALE.search(value) and not PUNCTUATED.search(value):
                    repositories[value].add(row["repo"])
    return sorted(value for value, where in repositories.items() if len(where) >= least)


def compared(rules: Path) -> set[str]:
    """Texts that our own rules compare with: settings by definition."""
    texts = (file.read_text() for file in sorted(rules.rglob("*.yaml")) if "ai/products" not in str(file))
    found = re.findall(r"""(?:equals|in|not_in|contains|any_of|none_of|has|starts_with):\s*(\[[^\]]*\]|[^\n#]+)""", "\n".join(texts))
    words = (word.strip(" \"'[]{}") for each in found for word in each.split(","))
    return {
        word for word in words if re.fullmatch(r"[A-Za-z][A-Za-z0-9_:-]{1,30}", word) and not TELLTALE.search(word)
    }


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schemas", type=Path, required=True, help="folder of provider schemas, *.jsonl.gz")
    parser.add_argument("--wild", type=Path, required=True, help="folder of repositories, *.jsonl.gz")
    parser.add_argument("--model", type=Path, default=Path("model"), help="where to write")
    parser.add_argument("--rules", type=Path, default=Path("rules"), help="folder of rule files")
    parser.add_argument("--least", type=int, default=4, help="repositories that a literal occurs in")
    options = parser.parse_args()
    lexicon = frozenset((options.model / "lexicon.txt").read_text().split())
    table = attributes(options.schemas, lexicon)
    rows = [f"{name}\t{' '.join(chosen)}" for name, chosen in sorted(table.items())]
    (options.model / "attributes.txt").write_text("\n".join(rows) + "\n")
    (options.model / "literals.txt").write_text(
        "\n".join(sorted({*literals(options.wild, options.least), *compared(options.rules)})) + "\n"
    )


if __name__ == "__main__":
    main()
