/** What the page is told: the types of `data.rs`. Files, rules and nodes are named by their index. */

export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const STANDINGS = ["fails", "below", "sample", "copy", "symptom", "known", "allowed"] as const;
export type Standing = (typeof STANDINGS)[number];

export interface Place {
  file: number;
  line: number;
}

export interface Rule {
  id: string;
  title: string;
  category: string;
  why: string;
  remedy: string;
  example: string | null;
  references: string[];
}

export interface Mark {
  line: number;
  from: number;
  to: number;
  text: string;
  primary: boolean;
}

export interface Frame extends Place {
  text: string;
  marks: Mark[];
}

export interface Step extends Place {
  says: string;
  node: number | null;
}

export interface Finding extends Place {
  rule: number;
  severity: Severity;
  confidence: string;
  standing: Standing;
  address: string;
  message: string;
  also?: string[];
  inputs?: string[];
  fingerprint: string;
  lead?: string;
  allowed?: Place & { how: string; reason: string | null };
  frames: Frame[];
  path?: Step[];
  node?: number;
}

export interface Node extends Place {
  address: string;
  type: string;
  more?: number;
}

export interface Edge {
  from: number;
  to: number;
  kind: string;
  via: string;
}

export interface Question extends Place {
  rule: string;
  address: string;
}

export interface Remark extends Place {
  message: string;
  help: string | null;
}

export interface Control {
  id: string;
  title: string;
  standing: string;
  worst: Severity | null;
  findings: Record<string, number>;
}

export interface Data {
  tool: string;
  version: string;
  exit: number;
  reason: string;
  threshold: Severity;
  counts: { files: number; resources: number; rules: number; undecided: number; hidden: number };
  files: string[];
  rules: Rule[];
  findings: Finding[];
  nodes: Node[];
  edges: Edge[];
  undecided: { reason: string; n: number; places: Question[] }[];
  skipped: { file: string; message: string }[];
  problems: Remark[];
  notices: Remark[];
  modules: { source: string; calls: number }[];
  framework: { title: string; edition: string; note: string; controls: Control[] } | null;
}
