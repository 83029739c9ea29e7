import * as vscode from "vscode";
import { newNonce, picturePage } from "./markup";
import { pictureParams, type FromPicture, type PathTarget, type PictureReply, type ShowPicture } from "./protocol";
import type { Server } from "./server";

/** The panel that shows how a resource is reached, or what it is joined to. There is one; it shows what was asked last. */
export class PicturePanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private target: PathTarget | undefined;
  private shown: PictureReply | undefined;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly server: Server,
    private readonly extensionUri: vscode.Uri,
  ) {
    this.subscription = server.onAnalyzed(() => void this.refresh());
  }

  async show(target: PathTarget): Promise<void> {
    const reply = await this.server.ask<PictureReply | null>("stanchion/picture", pictureParams(target));
    if (reply === undefined) return;
    if (reply === null) {
      await vscode.window.showInformationMessage("There is no resource here that is joined to anything.");
      return;
    }
    this.target = target;
    this.present(reply);
    this.panel?.reveal(undefined, true);
  }

  dispose(): void {
    this.subscription.dispose();
    this.panel?.dispose();
  }

  /** Places move while text is typed. What is gone stays in sight as it was. */
  private async refresh(): Promise<void> {
    if (!this.panel?.visible || !this.target) return;
    const reply = await this.server.ask<PictureReply | null>("stanchion/picture", pictureParams(this.target));
    if (reply) this.present(reply);
  }

  private present(reply: PictureReply): void {
    this.shown = reply;
    this.panel ??= this.open();
    this.panel.title = reply.title;
    void this.panel.webview.postMessage(message(reply));
  }

  private open(): vscode.WebviewPanel {
    const dist = vscode.Uri.joinPath(this.extensionUri, "dist");
    const panel = vscode.window.createWebviewPanel(
      "stanchion.picture",
      "Stanchion",
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true, localResourceRoots: [dist] },
    );
    const asset = (name: string) => panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
    panel.webview.html = picturePage({ nonce: newNonce(), script: asset("picture.js"), style: asset("picture.css") });
    panel.iconPath = vscode.Uri.joinPath(this.extensionUri, "images", "icon.png");
    panel.webview.onDidReceiveMessage((told: FromPicture) => {
      if (told.kind === "ready" && this.shown) void panel.webview.postMessage(message(this.shown));
      if (told.kind === "open") void this.jump(told.id);
    });
    panel.onDidDispose(() => {
      this.panel = undefined;
      this.target = undefined;
    });
    return panel;
  }

  private async jump(id: number): Promise<void> {
    const place = this.shown?.places[id];
    if (!place) return;
    const { start, end } = place.range;
    const selection = new vscode.Range(start.line, start.character, end.line, end.character);
    await vscode.window.showTextDocument(vscode.Uri.parse(place.uri), { viewColumn: vscode.ViewColumn.One, selection });
  }
}

function message(reply: PictureReply): ShowPicture {
  const captions = Object.entries(reply.places).map(([id, place]) => {
    const path = vscode.workspace.asRelativePath(vscode.Uri.parse(place.uri));
    return [id, `${path}:${String(place.range.start.line + 1)}`];
  });
  return { ...reply, captions: Object.fromEntries(captions) as Record<string, string> };
}
