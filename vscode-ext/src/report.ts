import * as vscode from "vscode";
import type { ReportReply } from "./protocol";
import type { Server } from "./server";

/** The HTML report of the workspace as it now is. The page itself says that it runs its own script alone and loads nothing. */
export async function showReport(server: Server): Promise<void> {
  // Of several folders, the one that is being worked in.
  const uri = vscode.window.activeTextEditor?.document.uri.toString();
  const progress = { location: vscode.ProgressLocation.Window, title: "stanchion: writing the report" };
  const reply = await vscode.window.withProgress(progress, () => server.ask<ReportReply | null>("stanchion/report", { uri }));
  if (reply === null) await vscode.window.showInformationMessage("Nothing was analyzed yet.");
  if (!reply) return;
  const panel = vscode.window.createWebviewPanel("stanchion.report", "Stanchion report", vscode.ViewColumn.Active, {
    enableScripts: true,
    enableFindWidget: true,
    localResourceRoots: [],
    // The page is large and is not kept anywhere else.
    retainContextWhenHidden: true,
  });
  panel.webview.html = reply.html;
}
