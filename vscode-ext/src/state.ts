/** How it stands with the server, and how that is said. No import of `vscode`. */
import type { ServerStatus } from "./protocol";

export type State =
  | { kind: "starting" }
  | { kind: "analyzing"; version: string }
  | { kind: "ready"; version: string; findings: number; undecided: number; files: number; milliseconds: number }
  | { kind: "failed"; message: string }
  /** There is no server that could be started. */
  | { kind: "missing"; message: string }
  | { kind: "stopped" };

/** What the status bar shows. */
export interface Appearance {
  text: string;
  /** Markdown. */
  tooltip: string;
  look: "plain" | "warning" | "error";
}

export function stateOf(status: ServerStatus): State {
  switch (status.state) {
    case "analyzing":
      return { kind: "analyzing", version: status.version };
    case "ready": {
      const { version, findings, undecided, files, milliseconds } = status;
      return { kind: "ready", version, findings, undecided, files, milliseconds };
    }
    case "failed":
      return { kind: "failed", message: status.message ?? "The analysis failed." };
  }
}

export function appearance(state: State): Appearance {
  switch (state.kind) {
    case "starting":
      return { text: "$(sync~spin) stanchion", tooltip: "stanchion is starting", look: "plain" };
    case "analyzing":
      return { text: `$(sync~spin) stanchion ${state.version}`, tooltip: "stanchion is analyzing the workspace", look: "plain" };
    case "ready":
      return { text: `$(shield) stanchion ${state.version}: ${plural(state.findings, "finding")}`, tooltip: summary(state), look: "plain" };
    case "failed":
      return { text: "$(error) stanchion", tooltip: state.message, look: "error" };
    case "missing":
      return { text: "$(warning) stanchion: no server", tooltip: state.message, look: "warning" };
    case "stopped":
      return { text: "$(circle-slash) stanchion", tooltip: "stanchion is stopped", look: "plain" };
  }
}

function summary(state: State & { kind: "ready" }): string {
  const lines = [
    `**stanchion ${state.version}**`,
    `${plural(state.findings, "finding")} in ${plural(state.files, "file")}`,
    state.undecided > 0 ? `${plural(state.undecided, "check")} undecided: a value is not known before apply` : "",
    `last analysis: ${String(state.milliseconds)} ms`,
  ];
  return lines.filter((line) => line !== "").join("\n\n");
}

export function plural(n: number, noun: string): string {
  return `${n === 0 ? "no" : n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
}
