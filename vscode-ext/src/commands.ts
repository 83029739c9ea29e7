import * as vscode from "vscode";
import { ourDiagnostics } from "./diagnostics";
import type { Explanations } from "./explain";
import type { PicturePanel } from "./picture";
import type { PathTarget } from "./protocol";
import { showReport } from "./report";
import { openInstallGuide, type Server } from "./server";
import type { Status } from "./status";

export interface Parts {
  server: Server;
  status: Status;
  log: vscode.LogOutputChannel;
  explanations: Explanations;
  picture: PicturePanel;
  extensionUri: vscode.Uri;
}

export function registerCommands(parts: Parts): vscode.Disposable[] {
  const commands: Record<string, (...args: never[]) => unknown> = {
    "stanchion.restart": () => parts.server.restart(),
    "stanchion.showLog": () => {
      parts.log.show();
    },
    "stanchion.explain": (rule?: unknown) => parts.explanations.show(typeof rule === "string" ? rule : undefined),
    "stanchion.openReport": () => showReport(parts.server),
    "stanchion.showPath": (target?: PathTarget) => showPath(parts.picture, target),
    "stanchion.openSample": () => openSample(parts.extensionUri),
    "stanchion.menu": () => openMenu(parts.status),
  };
  return Object.entries(commands).map(([name, act]) => vscode.commands.registerCommand(name, act));
}

async function showPath(picture: PicturePanel, target: PathTarget | undefined): Promise<void> {
  const wanted = target ?? targetAtCursor() ?? (await pickFinding());
  if (wanted) await picture.show(wanted);
}

/** Where no editor has a cursor: one of the findings, those with the longest way first. */
async function pickFinding(): Promise<PathTarget | undefined> {
  const all = ourDiagnostics().sort(([, a], [, b]) => (b.relatedInformation?.length ?? 0) - (a.relatedInformation?.length ?? 0));
  if (all.length === 0) await vscode.window.showInformationMessage("Open a file with a resource and put the cursor on it.");
  const items = all.map(([uri, diagnostic]) => ({
    label: diagnostic.message.split("\n")[0] ?? "",
    description: `${vscode.workspace.asRelativePath(uri)}:${String(diagnostic.range.start.line + 1)}`,
    target: { uri: uri.toString(), position: diagnostic.range.start },
  }));
  const chosen = items.length > 0 ? await vscode.window.showQuickPick(items, { placeHolder: "What is to be shown?" }) : undefined;
  return chosen?.target;
}

function targetAtCursor(): PathTarget | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return undefined;
  const { line, character } = editor.selection.active;
  return { uri: editor.document.uri.toString(), position: { line, character } };
}

interface Entry extends vscode.QuickPickItem {
  act: () => unknown;
}

async function openMenu(status: Status): Promise<void> {
  const run = (command: string) => () => vscode.commands.executeCommand(command);
  const always: Entry[] = [
    { label: "$(debug-restart) Restart the server", act: run("stanchion.restart") },
    { label: "$(output) Show the log", act: run("stanchion.showLog") },
    { label: "$(gear) Open the settings", act: () => vscode.commands.executeCommand("workbench.action.openSettings", "@ext:stanchion-dev.stanchion") },
  ];
  const running: Entry[] = [
    { label: "$(graph) Open the HTML report", act: run("stanchion.openReport") },
    { label: "$(type-hierarchy) Show how the resource at the cursor is reached", act: run("stanchion.showPath") },
    { label: "$(book) Explain a rule…", act: run("stanchion.explain") },
  ];
  const missing: Entry[] = [{ label: "$(link-external) Open the install guide", act: openInstallGuide }];
  const { state } = status;
  const first = state.kind === "missing" ? missing : state.kind === "ready" || state.kind === "analyzing" ? running : [];
  const placeHolder = state.kind === "missing" || state.kind === "failed" ? state.message : "stanchion";
  const chosen = await vscode.window.showQuickPick([...first, ...always], { placeHolder });
  await chosen?.act();
}

/** Opens a copy of the sample, so that it can be changed and saved. */
async function openSample(extensionUri: vscode.Uri): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (!folder) {
    const choice = await vscode.window.showInformationMessage("The sample is written into your workspace. Open a folder first.", "Open Folder");
    if (choice) await vscode.commands.executeCommand("workbench.action.files.openFolder");
    return;
  }
  const sample = vscode.Uri.joinPath(folder, "stanchion-sample");
  for (const name of ["storage.tf", "llm.yaml"]) {
    const target = vscode.Uri.joinPath(sample, name);
    const source = vscode.Uri.joinPath(extensionUri, "walkthrough", "sample", name);
    await vscode.workspace.fs.copy(source, target, { overwrite: false }).then(undefined, () => undefined);
    await vscode.window.showTextDocument(target, { preview: false });
  }
}
