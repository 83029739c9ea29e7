import * as vscode from "vscode";

export type Found = [uri: vscode.Uri, diagnostic: vscode.Diagnostic];

/** What the server found, in all files of which it is known. */
export function ourDiagnostics(): Found[] {
  const ours = (diagnostics: vscode.Diagnostic[]) => diagnostics.filter(({ source }) => source === "stanchion");
  return vscode.languages.getDiagnostics().flatMap(([uri, diagnostics]) => ours(diagnostics).map((one): Found => [uri, one]));
}

/** The id of the rule that a diagnostic is of. */
export function ruleOf({ code }: vscode.Diagnostic): string | undefined {
  if (code === undefined) return undefined;
  return String(typeof code === "object" ? code.value : code);
}
