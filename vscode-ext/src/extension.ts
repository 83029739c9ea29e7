import * as vscode from "vscode";
import { registerCommands } from "./commands";
import { isExcluded, TELLING, TERRAFORM_FILES } from "./documents";
import { Explanations } from "./explain";
import { createLog } from "./log";
import { PicturePanel } from "./picture";
import { Server } from "./server";
import { Status } from "./status";

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const { extensionUri, extensionPath } = context;
  const log = createLog(context);
  const status = new Status();
  server = new Server(extensionPath, log, status);
  const explanations = new Explanations(server);
  const picture = new PicturePanel(server, extensionUri);
  const commands = registerCommands({ server, status, log, explanations, picture, extensionUri });
  context.subscriptions.push(status, server, explanations, picture, ...commands);
  startWhenNeeded(context, server);
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

/** Languages do not tell: without another extension Terraform is plain text. So the names of files do. */
function startWhenNeeded(context: vscode.ExtensionContext, server: Server): void {
  const isTelling = (document: vscode.TextDocument) =>
    vscode.languages.match(TELLING, document) > 0 && !isExcluded(document.languageId);
  const start = () => {
    opened.dispose();
    if (!server.wasStarted) void server.restart();
  };
  const opened = vscode.workspace.onDidOpenTextDocument((document) => {
    if (isTelling(document)) start();
  });
  context.subscriptions.push(opened);
  if (vscode.workspace.textDocuments.some(isTelling)) start();
  else void vscode.workspace.findFiles(TERRAFORM_FILES, undefined, 1).then((found) => {
    if (found.length > 0) start();
  });
}
