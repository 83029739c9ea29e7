import * as vscode from "vscode";
import { appearance, type State } from "./state";

/** An analysis shorter than this is not shown: who types would see nothing but flicker. */
const PATIENCE_MS = 300;

/** The entry of the status bar; a click opens the menu. */
export class Status implements vscode.Disposable {
  /** In sight from the first state on: a workspace without our files has nothing to see. */
  private readonly item: vscode.StatusBarItem;
  private timer: NodeJS.Timeout | undefined;
  private current: State = { kind: "stopped" };

  constructor() {
    this.item = vscode.window.createStatusBarItem("stanchion.status", vscode.StatusBarAlignment.Left, 10);
    this.item.name = "Stanchion";
    this.item.command = "stanchion.menu";
  }

  get state(): State {
    return this.current;
  }

  set(state: State): void {
    this.current = state;
    clearTimeout(this.timer);
    if (state.kind === "analyzing") {
      this.timer = setTimeout(() => {
        this.draw();
      }, PATIENCE_MS);
    } else {
      this.draw();
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.item.dispose();
  }

  private draw(): void {
    const { text, tooltip, look } = appearance(this.current);
    this.item.text = text;
    this.item.tooltip = new vscode.MarkdownString(tooltip);
    this.item.show();
    this.item.backgroundColor = look === "plain" ? undefined : new vscode.ThemeColor(`statusBarItem.${look}Background`);
  }
}
