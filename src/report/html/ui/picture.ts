/**
 * The picture of resources and how they are joined: a way from outside in, and what stands around.
 * It knows neither the page nor the report; whoever has a container and a model can show it.
 */
import cytoscape, { type Core, type ElementDefinition } from "cytoscape";

export interface PictureNode {
  id: number;
  /** The name, and below it what it is. */
  label: string;
  kind: string;
  /** The severity of the worst finding about it. */
  severity?: string;
  role: "focus" | "way" | "near";
  /** The numbers of the steps of the way that it takes part in. */
  steps?: number[];
}

export interface PictureEdge {
  from: number;
  to: number;
  label: string;
  role: "way" | "near";
}

export interface Picture {
  /** Those of the way in its order, then the rest. */
  nodes: PictureNode[];
  edges: PictureEdge[];
}

export interface Handle {
  highlight(id: number | null): void;
  zoom(factor: number): void;
  fit(): void;
  destroy(): void;
}

const COLUMN = 250;
const ROW = 84;
/** Width of a node and size of its text. */
const WIDTH = 190;
const FONT = 12;
/** Nodes of a column before the next one begins. */
const MAX_ROWS = 7;

/** Draws into `container`, whose CSS variables give the colors. `onTap` gets a node, or null for the ground. */
export function draw(container: HTMLElement, picture: Picture, onTap: (id: number | null) => void): Handle {
  const places = arrange(picture);
  const fitted = fitting(container);
  const elements: ElementDefinition[] = picture.nodes.map((node) => ({
    data: { id: `n${node.id}`, label: label(node, fitted), severity: node.severity ?? "none" },
    classes: [node.role, node.severity ? "found" : ""].join(" "),
    position: places.get(node.id) ?? { x: 0, y: 0 },
  }));
  for (const [n, edge] of picture.edges.entries()) {
    elements.push({
      data: { id: `e${n}`, source: `n${edge.from}`, target: `n${edge.to}`, label: edge.label },
      classes: edge.role,
    });
  }
  const core = cytoscape({
    container,
    elements,
    layout: { name: "preset", fit: true, padding: 24 },
    style: style(container),
    minZoom: 0.15,
    maxZoom: 2.5,
    // The wheel scrolls the page that the picture is in; with a key held it zooms, see below.
    userZoomingEnabled: false,
    boxSelectionEnabled: false,
  });
  fit(core);
  core.on("tap", (event) => {
    const isNode = event.target !== core && event.target.isNode?.();
    onTap(isNode ? Number(event.target.id().slice(1)) : null);
  });
  core.on("mouseover", "node", (event) => {
    container.style.cursor = "pointer";
    core.elements().addClass("faded");
    event.target.closedNeighborhood().removeClass("faded");
  });
  const onLeave = () => {
    container.style.cursor = "";
    core.elements().removeClass("faded");
  };
  core.on("mouseout", "node", onLeave);
  // Who leaves the picture from a node is not told to have left the node.
  container.addEventListener("mouseleave", onLeave);
  const onWheel = (event: WheelEvent) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const factor = Math.exp(-event.deltaY / 300);
    core.zoom({ level: core.zoom() * factor, renderedPosition: { x: event.offsetX, y: event.offsetY } });
  };
  container.addEventListener("wheel", onWheel, { passive: false });
  const observer = new ResizeObserver(() => {
    core.resize();
    fit(core);
  });
  observer.observe(container);
  return {
    highlight(id) {
      core.elements().removeClass("chosen");
      if (id !== null) core.getElementById(`n${id}`).addClass("chosen");
    },
    zoom: (factor) => core.zoom({ level: core.zoom() * factor, renderedPosition: middle(container) }),
    fit: () => fit(core),
    destroy() {
      observer.disconnect();
      container.removeEventListener("wheel", onWheel);
      container.removeEventListener("mouseleave", onLeave);
      core.destroy();
    },
  };
}

function middle(container: HTMLElement): { x: number; y: number } {
  return { x: container.clientWidth / 2, y: container.clientHeight / 2 };
}

/** Shows all of it, but no larger than it is drawn. */
function fit(core: Core): void {
  core.fit(undefined, 24);
  if (core.zoom() > 1.1) {
    core.zoom(1.1);
    core.center();
  }
}

function label(node: PictureNode, fitted: (text: string) => string): string {
  const steps = node.steps?.length ? `${node.steps.join(", ")} · ` : "";
  return `${fitted(steps + node.label)}\n${fitted(node.kind)}`;
}

/** Cuts text in its middle until it fits a node. */
function fitting(container: HTMLElement): (text: string) => string {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return (text) => text;
  context.font = `${FONT}px ${getComputedStyle(container).fontFamily}`;
  const fits = (text: string) => context.measureText(text).width <= WIDTH - 16;
  return (text) => {
    if (fits(text)) return text;
    let n = text.length;
    const cut = () => `${text.slice(0, Math.ceil(n * 0.6))}…${text.slice(text.length - Math.floor(n * 0.4))}`;
    while (n > 4 && !fits(cut())) n -= 1;
    return cut();
  };
}

/** Pixels of height in which a picture is well seen. */
export function height(picture: Picture): number {
  const ys = [...arrange(picture).values()].map((place) => place.y);
  return Math.max(150, Math.min(420, Math.max(...ys, 0) - Math.min(...ys, 0) + 120));
}

/** The way from left to right, what leads to the focus left of it, and what it leads to right of it. */
function arrange(picture: Picture): Map<number, { x: number; y: number }> {
  const places = new Map<number, { x: number; y: number }>();
  const way = picture.nodes.filter((node) => node.role !== "near");
  way.forEach((node, n) => places.set(node.id, { x: n * COLUMN, y: 0 }));
  const near = picture.nodes.filter((node) => node.role === "near").map((node) => node.id);
  if (way.length > 1) {
    const columns = Math.max(way.length, 3);
    near.forEach((id, n) => {
      const inRow = Math.min(columns, near.length - Math.floor(n / columns) * columns);
      const shift = ((way.length - inRow) * COLUMN) / 2;
      places.set(id, { x: shift + (n % columns) * COLUMN, y: 150 + Math.floor(n / columns) * ROW });
    });
    return places;
  }
  const focus = way[0]?.id;
  const leads = new Set(picture.edges.filter((edge) => edge.to === focus).map((edge) => edge.from));
  column(near.filter((id) => leads.has(id)), -1, places);
  column(near.filter((id) => !leads.has(id)), 1, places);
  return places;
}

function column(ids: number[], side: 1 | -1, places: Map<number, { x: number; y: number }>): void {
  const n_columns = Math.ceil(ids.length / MAX_ROWS);
  const n_rows = Math.ceil(ids.length / Math.max(n_columns, 1));
  ids.forEach((id, n) => {
    const inColumn = Math.min(n_rows, ids.length - Math.floor(n / n_rows) * n_rows);
    const y = ((n % n_rows) - (inColumn - 1) / 2) * ROW;
    places.set(id, { x: side * (1.25 + Math.floor(n / n_rows)) * COLUMN, y });
  });
}

function style(container: HTMLElement): cytoscape.StylesheetJson {
  const css = getComputedStyle(container);
  const color = (name: string) => css.getPropertyValue(`--${name}`).trim() || "#888";
  const severities = ["critical", "high", "medium", "low", "info"].map((severity) => ({
    selector: `node[severity = "${severity}"]`,
    style: { "border-color": color(severity), "border-width": 2.5 },
  }));
  return [
    {
      selector: "node",
      style: {
        shape: "round-rectangle",
        width: WIDTH,
        height: 50,
        "background-color": color("surface"),
        "border-width": 1,
        "border-color": color("line-strong"),
        label: "data(label)",
        color: color("ink"),
        "font-family": css.fontFamily,
        "font-size": FONT,
        "line-height": 1.35,
        "text-wrap": "wrap",
        "text-max-width": `${WIDTH}px`,
        "text-valign": "center",
        "text-halign": "center",
      },
    },
    ...severities,
    { selector: "node.focus", style: { "background-color": color("accent-soft"), "border-width": 3 } },
    { selector: "node.focus[severity = 'none']", style: { "border-color": color("accent") } },
    {
      selector: "edge",
      style: {
        width: 1.25,
        "line-color": color("line-strong"),
        "target-arrow-color": color("line-strong"),
        "target-arrow-shape": "triangle",
        "arrow-scale": 0.9,
        "curve-style": "bezier",
        label: "data(label)",
        color: color("ink-soft"),
        "font-family": css.fontFamily,
        "font-size": 10,
        "text-background-color": color("well"),
        "text-background-opacity": 1,
        "text-background-padding": "2px",
        "text-rotation": "none",
      },
    },
    {
      selector: "edge.way",
      style: {
        width: 3,
        "line-color": color("accent"),
        "target-arrow-color": color("accent"),
        color: color("accent"),
        "font-weight": "bold",
        "font-size": 11,
        "z-index": 10,
      },
    },
    { selector: ".faded", style: { opacity: 0.28 } },
    { selector: "node.chosen", style: { "outline-width": 3, "outline-color": color("accent"), "outline-offset": 3 } },
  ] as cytoscape.StylesheetJson;
}
