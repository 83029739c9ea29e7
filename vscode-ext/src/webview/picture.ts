/** Runs in the webview: draws with the report's own script, in the editor's colors, and lists the same nodes for the keyboard. */
import { draw, type Handle, type Picture } from "../../../src/report/html/ui/picture";
import type { FromPicture, ShowPicture } from "../protocol";

interface Host {
  postMessage(message: FromPicture): void;
  getState(): ShowPicture<Picture> | undefined;
  setState(state: ShowPicture<Picture>): void;
}
declare function acquireVsCodeApi(): Host;

/** The variables that a picture is drawn with, and the editor's colors that they take. */
const COLORS: Record<string, string> = {
  surface: "editorWidget-background",
  well: "editor-background",
  ink: "foreground",
  "ink-soft": "descriptionForeground",
  "line-strong": "editorIndentGuide-activeBackground1",
  accent: "textLink-foreground",
  "accent-soft": "editor-selectionBackground",
  critical: "charts-red",
  high: "charts-orange",
  medium: "charts-yellow",
  low: "charts-blue",
  info: "descriptionForeground",
};

const host = acquireVsCodeApi();
const canvas = byId("picture");
let handle: Handle | undefined;
let shown = host.getState();

function show(next: ShowPicture<Picture>): void {
  shown = next;
  host.setState(next);
  byId("title").textContent = next.title;
  canvas.setAttribute("aria-label", next.title);
  takeColors();
  handle?.destroy();
  handle = draw(canvas, next.picture, (id) => {
    handle?.highlight(id);
    if (id !== null) open(id);
  });
  byId("nodes").replaceChildren(...next.picture.nodes.filter((node) => String(node.id) in next.places).map((node) => entry(node, next)));
}

function open(id: number): void {
  host.postMessage({ kind: "open", id });
}

function entry(node: Picture["nodes"][number], { captions }: ShowPicture<Picture>): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `node ${node.role}`;
  button.append(
    span("steps", node.steps?.join(", ") ?? ""),
    span(`dot ${node.severity ?? "none"}`, ""),
    span("name", node.label),
    span("kind", node.kind),
    span("place", captions[String(node.id)] ?? ""),
  );
  button.addEventListener("click", () => {
    open(node.id);
  });
  button.addEventListener("focus", () => handle?.highlight(node.id));
  button.addEventListener("mouseenter", () => handle?.highlight(node.id));
  button.addEventListener("mouseleave", () => handle?.highlight(null));
  return button;
}

function span(className: string, text: string): HTMLElement {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

/** Colors of themes may be translucent and in any notation; the picture wants plain ones, so they are painted and read back. */
function takeColors(): void {
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  if (!context) return;
  const theme = getComputedStyle(document.documentElement);
  const color = (name: string) => theme.getPropertyValue(`--vscode-${name}`).trim();
  for (const [variable, name] of Object.entries(COLORS)) {
    for (const layer of [color("editor-background"), color(name)]) {
      context.fillStyle = layer || "gray";
      context.fillRect(0, 0, 1, 1);
    }
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    document.documentElement.style.setProperty(`--${variable}`, `rgb(${[red, green, blue].join(", ")})`);
  }
}

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

byId("closer").addEventListener("click", () => handle?.zoom(1.25));
byId("farther").addEventListener("click", () => handle?.zoom(0.8));
byId("fit").addEventListener("click", () => handle?.fit());
window.addEventListener("message", (event: MessageEvent<ShowPicture<Picture>>) => {
  show(event.data);
});
// The editor names its theme on the body.
new MutationObserver(() => {
  if (shown) show(shown);
}).observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
if (shown) show(shown);
host.postMessage({ kind: "ready" });
