import * as vscode from "vscode";
import {
  DidChangeConfigurationNotification,
  LanguageClient,
  RevealOutputChannelOn,
  State as ClientState,
  type LanguageClientOptions,
  type Middleware,
} from "vscode-languageclient/node";
import { find, type Search } from "./binary";
import { isExcluded, SELECTOR } from "./documents";
import { report, textOf } from "./log";
import type { ServerStatus } from "./protocol";
import { serverSettings, type ServerSettings } from "./settings";
import { stateOf } from "./state";
import type { Status } from "./status";

const INSTALL_GUIDE = "https://github.com/stanchion-dev/stanchion#quick-start";

/** Finds the program, runs it and knows how it stands. */
export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private running: Promise<void> = Promise.resolve();
  private waiting: Promise<void> | undefined;
  private isOver = false;
  /** Whether a start was ever asked for; until then there is nothing to restart. */
  wasStarted = false;
  private readonly analyzed = new vscode.EventEmitter<void>();
  private readonly subscriptions: { dispose(): unknown }[] = [this.analyzed];
  /** After each analysis. */
  readonly onAnalyzed = this.analyzed.event;

  constructor(
    private readonly extensionFolder: string,
    private readonly log: vscode.LogOutputChannel,
    private readonly status: Status,
  ) {
    this.subscriptions.push(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("stanchion.path")) this.startAnew();
        else if (event.affectsConfiguration("stanchion")) void this.tellSettings();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.startAnew();
      }),
    );
  }

  /** One restart runs at a time, and at most one waits; who asks meanwhile gets the one that waits. */
  restart(): Promise<void> {
    this.wasStarted = true;
    this.waiting ??= this.running.then(() => {
      this.waiting = undefined;
      this.running = this.replace();
      return this.running;
    });
    return this.waiting;
  }

  /** The server's answer; `undefined` if there was none, which then has been said. */
  async ask<R>(method: string, params: object): Promise<R | undefined> {
    if (!this.client?.isRunning()) {
      await report(this.log, "The stanchion server is not running.");
      return undefined;
    }
    try {
      return await this.client.sendRequest<R>(method, params);
    } catch (error) {
      await report(this.log, `stanchion: ${textOf(error)}`);
      return undefined;
    }
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.running;
    await this.discard();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private startAnew(): void {
    if (this.wasStarted) void this.restart();
  }

  private async replace(): Promise<void> {
    try {
      await this.discard();
      if (this.isOver) return;
      this.status.set({ kind: "starting" });
      const search = await find({
        setting: vscode.workspace.getConfiguration("stanchion").get("path", "").trim(),
        extensionFolder: this.extensionFolder,
        workspaceFolder: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath,
        path: process.env["PATH"] ?? "",
        platform: process.platform,
      });
      if (search.kind === "found") await this.start(search);
      else void this.explainAbsence(search.message);
    } catch (error) {
      this.fail(textOf(error));
    }
  }

  private async start({ program, version, source }: Search & { kind: "found" }): Promise<void> {
    this.log.info(`${program}, version ${version}, from ${source}`);
    const client = new LanguageClient("stanchion", "Stanchion", { command: program, args: ["lsp"] }, this.options());
    this.client = client;
    client.onDidChangeState(({ newState }) => {
      if (this.client === client) this.follow(newState, version);
    });
    client.onNotification("stanchion/status", (status: ServerStatus) => {
      if (this.client !== client) return;
      this.status.set(stateOf(status));
      if (status.state === "ready") this.analyzed.fire();
    });
    try {
      await client.start();
    } catch (error) {
      this.log.error(textOf(error));
      this.fail(`${program}, version ${version}, does not serve editors. The log tells more.`);
    }
  }

  private fail(message: string): void {
    this.status.set({ kind: "failed", message });
    void report(this.log, message);
  }

  /** A server that crashes is started again by the client, a few times; here it is only said. */
  private follow(state: ClientState, version: string): void {
    if (state === ClientState.Starting) this.status.set({ kind: "starting" });
    else if (state === ClientState.Running) this.status.set({ kind: "analyzing", version });
    else this.status.set({ kind: "failed", message: "The server ended. The log tells more." });
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: SELECTOR,
      outputChannel: this.log,
      traceOutputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // What went wrong is said once, by `start`.
      initializationFailedHandler: () => false,
      initializationOptions: { commands: true, settings: settings() },
      middleware: middleware(),
      markdown: { isTrusted: { enabledCommands: ["stanchion.explain", "stanchion.showPath"] } },
    };
  }

  private async discard(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (!client) return;
    this.status.set({ kind: "stopped" });
    try {
      await client.dispose();
    } catch (error) {
      this.log.warn(`the server did not end as it should: ${textOf(error)}`);
    }
  }

  private async tellSettings(): Promise<void> {
    if (!this.client?.isRunning()) return;
    await this.client.sendNotification(DidChangeConfigurationNotification.type, { settings: { stanchion: settings() } });
  }

  private async explainAbsence(message: string): Promise<void> {
    this.status.set({ kind: "missing", message });
    this.log.error(message);
    const choice = await vscode.window.showErrorMessage(message, "Open Settings", "Install Guide", "Retry");
    if (choice === "Open Settings") await openPathSetting();
    else if (choice === "Install Guide") await openInstallGuide();
    else if (choice === "Retry") await this.restart();
  }
}

/** The setting of the program, which belongs to the machine that the server runs on. */
async function openPathSetting(): Promise<void> {
  const command = vscode.env.remoteName === undefined ? "openSettings" : "openRemoteSettings";
  await vscode.commands.executeCommand(`workbench.action.${command}`, { jsonEditor: false, query: "@id:stanchion.path" });
}

export async function openInstallGuide(): Promise<void> {
  await vscode.env.openExternal(vscode.Uri.parse(INSTALL_GUIDE));
}

function settings(): ServerSettings {
  return serverSettings(vscode.workspace.getConfiguration("stanchion"));
}

/** Keeps documents of excluded languages from the server, and settings in the server's own form. */
function middleware(): Middleware {
  return {
    didOpen: async (document, next) => (isExcluded(document.languageId) ? undefined : next(document)),
    didChange: async (event, next) => (isExcluded(event.document.languageId) ? undefined : next(event)),
    didSave: async (document, next) => (isExcluded(document.languageId) ? undefined : next(document)),
    didClose: async (document, next) => (isExcluded(document.languageId) ? undefined : next(document)),
    workspace: {
      configuration: (params, token, next) =>
        params.items.every((item) => item.section === "stanchion") ? params.items.map(() => settings()) : next(params, token),
    },
  };
}
