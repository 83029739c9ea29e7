import * as vscode from "vscode";
import { ourDiagnostics, ruleOf, type Found } from "./diagnostics";
import type { ExplainReply } from "./protocol";
import type { Server } from "./server";

const SCHEME = "stanchion-rule";

/** Rules as read-only Markdown documents, shown by the editor's own preview. */
export class Explanations implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly onDidChange = this.changed.event;

  constructor(private readonly server: Server) {}

  async show(rule: string | undefined): Promise<void> {
    const id = rule ?? (await pickRule());
    if (!id) return;
    const reply = await this.server.ask<ExplainReply>("stanchion/explain", { rule: id });
    if (!reply) return;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${encodeURIComponent(id)}.md` });
    this.texts.set(uri.path, reply.markdown);
    this.changed.fire(uri);
    await vscode.commands.executeCommand("markdown.showPreview", uri);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? "This rule was shown in an earlier session. Run *Stanchion: Explain Rule* to see it again.";
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}

/** One of the rules that found something, those at the cursor first, or any id that is typed. */
async function pickRule(): Promise<string | undefined> {
  const editor = vscode.window.activeTextEditor;
  const isHere = ([uri]: Found) => uri.toString() === editor?.document.uri.toString();
  const isAtCursor = ([, { range }]: Found) => editor !== undefined && range.contains(editor.selection.active);
  const all = ourDiagnostics();
  const here = all.filter(isHere);
  const messages = new Map<string, string>();
  for (const [, diagnostic] of [...here.filter(isAtCursor), ...here, ...all]) {
    const id = ruleOf(diagnostic);
    if (id && !messages.has(id)) messages.set(id, diagnostic.message.split("\n")[0] ?? "");
  }
  if (messages.size === 0) return vscode.window.showInputBox({ prompt: "The id of the rule", placeHolder: "s3-bucket-public-acl" });
  const other = { label: "Another rule…", alwaysShow: true };
  const items = [...messages].map(([label, detail]) => ({ label, detail }));
  const chosen = await vscode.window.showQuickPick([...items, other], { placeHolder: "Which rule?", matchOnDetail: true });
  if (chosen === other) return vscode.window.showInputBox({ prompt: "The id of the rule" });
  return chosen?.label;
}
