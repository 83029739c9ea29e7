/** What is to be seen of the report at a time: filters, counts, order, and pictures of resources. */
import { SEVERITIES, type Data, type Edge, type Finding, type Severity, type Standing } from "./data";
import type { Picture, PictureEdge, PictureNode } from "./picture";

export const FACETS = ["severity", "standing", "category", "rule", "file"] as const;
export type Facet = (typeof FACETS)[number];

export interface Filter {
  /** Of each facet the values that are wanted; all of them if none is named. */
  wanted: Record<Facet, Set<string>>;
  words: string[];
}

/** Neighbors that a picture shows at once. */
const MAX_NEAR = 28;

export class Model {
  readonly byFingerprint = new Map<string, Finding>();
  private readonly texts: string[];
  private readonly edgesOf = new Map<number, Edge[]>();
  private readonly findingsOf = new Map<number, Finding[]>();

  constructor(readonly data: Data) {
    for (const finding of data.findings) {
      this.byFingerprint.set(finding.fingerprint, finding);
      if (finding.node !== undefined) push(this.findingsOf, finding.node, finding);
    }
    for (const edge of data.edges) {
      push(this.edgesOf, edge.from, edge);
      push(this.edgesOf, edge.to, edge);
    }
    this.texts = data.findings.map((finding) => {
      const rule = this.rule(finding);
      const parts = [rule.id, rule.title, rule.category, finding.address, finding.message, this.file(finding.file)];
      return [...parts, ...(finding.also ?? [])].join("\n").toLowerCase();
    });
  }

  rule(finding: Finding) {
    const rule = this.data.rules[finding.rule];
    if (!rule) throw new Error("a finding without its rule");
    return rule;
  }

  file(index: number): string {
    return this.data.files[index] ?? "";
  }

  value(finding: Finding, facet: Facet): string {
    switch (facet) {
      case "severity":
        return finding.severity;
      case "standing":
        return finding.standing;
      case "category":
        return this.rule(finding).category;
      case "rule":
        return this.rule(finding).id;
      case "file":
        return this.file(finding.file);
    }
  }

  /** The findings that are wanted, and how many there would be with each value of each facet. */
  select(filter: Filter): { findings: Finding[]; counts: Record<Facet, Map<string, number>> } {
    const counts = Object.fromEntries(FACETS.map((facet) => [facet, new Map()])) as Record<Facet, Map<string, number>>;
    const findings: Finding[] = [];
    this.data.findings.forEach((finding, index) => {
      const text = this.texts[index] ?? "";
      if (!filter.words.every((word) => text.includes(word))) return;
      const values = FACETS.map((facet) => this.value(finding, facet));
      const refusing = FACETS.filter((facet, n) => {
        const wanted = filter.wanted[facet];
        return wanted.size > 0 && !wanted.has(values[n] ?? "");
      });
      if (refusing.length === 0) findings.push(finding);
      FACETS.forEach((facet, n) => {
        if (refusing.length > 1 || (refusing.length === 1 && refusing[0] !== facet)) return;
        const value = values[n] ?? "";
        counts[facet].set(value, (counts[facet].get(value) ?? 0) + 1);
      });
    });
    return { findings, counts };
  }

  /** Findings about a resource, worst first, those that repeat others left out. */
  about(node: number): Finding[] {
    const hidden: Standing[] = ["copy", "symptom", "allowed"];
    return (this.findingsOf.get(node) ?? []).filter((finding) => !hidden.includes(finding.standing));
  }

  neighbors(node: number): Edge[] {
    return this.edgesOf.get(node) ?? [];
  }

  /** The way to a finding and what stands around its resource. */
  picture(finding: Finding, hasNeighbors: boolean): Picture | null {
    const way: number[] = [];
    const steps = new Map<number, number[]>();
    finding.path?.forEach((step, n) => {
      if (step.node === null) return;
      if (way[way.length - 1] !== step.node) way.push(step.node);
      push(steps, step.node, n + 1);
    });
    const focus = finding.node ?? way[way.length - 1];
    if (focus === undefined) return null;
    const stations = [...new Set(way)];
    if (!stations.includes(focus)) stations.push(focus);
    const edges: PictureEdge[] = way.slice(1).map((to, n) => {
      const from = way[n] ?? to;
      return { from, to, label: `${steps.get(to)?.[0] ?? ""}`, role: "way" };
    });
    const shown = new Set(edges.map((edge) => `${edge.from} ${edge.to}`));
    return this.around(focus, stations, edges, shown, hasNeighbors || stations.length < 2, steps);
  }

  /** A resource and what stands around it. */
  pictureOf(node: number): Picture {
    return this.around(node, [node], [], new Set(), true, new Map());
  }

  private around(
    focus: number,
    stations: number[],
    edges: PictureEdge[],
    shown: Set<string>,
    hasNeighbors: boolean,
    steps: Map<number, number[]>,
  ): Picture {
    const ids = new Set(stations);
    for (const edge of this.neighbors(focus)) {
      const other = edge.from === focus ? edge.to : edge.from;
      if (ids.size < stations.length + MAX_NEAR && hasNeighbors) ids.add(other);
      if (!ids.has(other) || shown.has(`${edge.from} ${edge.to}`)) continue;
      edges.push({ from: edge.from, to: edge.to, label: edge.kind, role: "near" });
    }
    const nodes = [...ids].map((id) => this.node(id, id === focus ? "focus" : stations.includes(id) ? "way" : "near", steps));
    return { nodes, edges };
  }

  private node(id: number, role: PictureNode["role"], steps: Map<number, number[]>): PictureNode {
    const node = this.data.nodes[id];
    const { name, kind } = named(node?.address ?? "", node?.type ?? "");
    return { id, label: name, kind, role, severity: this.worst(id), steps: steps.get(id) };
  }

  worst(node: number): Severity | undefined {
    const severities = this.about(node).map((finding) => finding.severity);
    return SEVERITIES.find((severity) => severities.includes(severity));
  }
}

/** `module.a.aws_s3_bucket.b[0]` is called `b[0]`, `Deployment/ai/llm` is called `llm`. */
export function named(address: string, type: string): { name: string; kind: string } {
  const slash = address.lastIndexOf("/");
  if (address.startsWith(`${type}/`)) return { name: address.slice(slash + 1), kind: type };
  const at = address.lastIndexOf(`${type}.`);
  return { name: at >= 0 ? address.slice(at + type.length + 1) : address, kind: type };
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
