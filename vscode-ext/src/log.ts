import * as vscode from "vscode";

/** The one output channel: what the extension did, what the server wrote, and with level Trace each message. */
export function createLog(context: vscode.ExtensionContext): vscode.LogOutputChannel {
  const log = vscode.window.createOutputChannel("Stanchion", { log: true });
  context.subscriptions.push(log);
  return log;
}

/** Says what went wrong, and offers the log. */
export async function report(log: vscode.LogOutputChannel, message: string): Promise<void> {
  log.error(message);
  const choice = await vscode.window.showErrorMessage(message, "Show Log");
  if (choice === "Show Log") log.show();
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
