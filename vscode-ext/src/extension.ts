import type * as vscode from "vscode";
import { registerCommands } from "./commands";
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
  void server.restart();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
