/** All there is to say about one finding. */
import type { Finding, Frame, Mark, Rule } from "./data";
import { el, plural, prose } from "./dom";
import { named, type Model } from "./model";
import { draw, height, type Handle } from "./picture";

const STANDING_WORDS: Record<Finding["standing"], string> = {
  fails: "fails the check",
  below: "below the threshold",
  sample: "in examples or tests",
  copy: "repeats another finding",
  symptom: "follows from another finding",
  known: "known from the baseline",
  allowed: "allowed",
};

export function standingWords(standing: string): string {
  return STANDING_WORDS[standing as Finding["standing"]] ?? standing;
}

/** Time after which a picture is drawn, so that who walks through the list does not wait for each. */
const PATIENCE_MS = 90;

export class Detail {
  private handle: Handle | null = null;
  private timer = 0;
  private shown: Finding | null = null;
  private hasNeighbors = false;

  constructor(
    private readonly box: HTMLElement,
    private readonly model: Model,
    private readonly onOpen: (finding: Finding) => void,
  ) {}

  show(finding: Finding | null): void {
    this.clear();
    this.shown = finding;
    if (!finding) {
      this.box.replaceChildren(el("p", { class: "empty" }, "Nothing matches. Take a filter off, or search for less."));
      return;
    }
    const rule = this.model.rule(finding);
    this.box.replaceChildren(
      this.head(finding, rule),
      ...finding.frames.slice(0, 1).map((frame) => this.frame(frame, finding)),
      ...this.pictures(finding),
      ...finding.frames.slice(1).map((frame) => this.frame(frame, finding)),
      ...this.advice(rule),
      ...this.relations(finding),
      this.foot(finding, rule),
    );
    this.box.scrollTop = 0;
  }

  /** Draws the picture anew, in the colors that now are. */
  redraw(): void {
    const scroll = this.box.scrollTop;
    this.show(this.shown);
    this.box.scrollTop = scroll;
  }

  private clear(): void {
    window.clearTimeout(this.timer);
    this.handle?.destroy();
    this.handle = null;
  }

  private head(finding: Finding, rule: Rule): HTMLElement {
    return el(
      "header",
      { class: "finding-head" },
      el(
        "p",
        { class: "chips" },
        el("span", { class: `badge ${finding.severity}` }, finding.severity),
        el("span", { class: "chip" }, rule.category),
        el("span", { class: `chip ${finding.standing}` }, standingWords(finding.standing)),
        finding.confidence !== "high" && el("span", { class: "chip" }, `${finding.confidence} confidence`),
      ),
      el("h2", {}, rule.title),
      el("p", { class: "message" }, ...prose(finding.message)),
      el(
        "p",
        { class: "where" },
        el("code", {}, finding.address),
        el("span", {}, `${this.model.file(finding.file)}:${finding.line}`),
      ),
    );
  }

  private frame(frame: Frame, finding: Finding): HTMLElement {
    const marked = new Map<number, Mark[]>();
    for (const mark of frame.marks) marked.set(mark.line, [...(marked.get(mark.line) ?? []), mark]);
    const lines = frame.text.split("\n").map((text, n) => {
      const marks = (marked.get(n) ?? []).sort((a, b) => a.from - b.from);
      const isDecisive = marks.some((mark) => mark.primary);
      return el(
        "div",
        { class: `code-line ${isDecisive ? "decisive" : ""}` },
        el("span", { class: "number", "aria-hidden": "true" }, String(frame.line + n)),
        el(
          "span",
          { class: "code-text" },
          ...pieces(text, marks, finding.severity),
          ...marks.filter((mark) => mark.text).map((mark) => note(mark, finding.severity)),
        ),
      );
    });
    return el(
      "figure",
      { class: "frame" },
      el("figcaption", {}, this.model.file(frame.file)),
      el("div", { class: "code", tabindex: "0", role: "region", "aria-label": "code" }, ...lines),
    );
  }

  private pictures(finding: Finding): HTMLElement[] {
    const picture = this.model.picture(finding, this.hasNeighbors);
    if (!picture || picture.nodes.length < 2) return finding.path ? [this.steps(finding)] : [];
    const canvas = el("div", { class: "canvas", role: "img", "aria-label": describe(finding) });
    canvas.style.height = `${height(picture)}px`;
    const strip = el("div", { class: "strip", "aria-live": "polite" });
    const says = finding.path ? "How it is reached" : "What it is joined to";
    const isWay = picture.nodes.filter((node) => node.role !== "near").length > 1;
    const around = el("button", { type: "button", "aria-pressed": String(this.hasNeighbors) }, "Neighbors");
    around.addEventListener("click", () => {
      this.hasNeighbors = !this.hasNeighbors;
      this.redraw();
    });
    const tool = (text: string, title: string, act: (handle: Handle) => void) => {
      const button = el("button", { type: "button", title, "aria-label": title }, text);
      button.addEventListener("click", () => this.handle && act(this.handle));
      return button;
    };
    this.timer = window.setTimeout(() => this.start(canvas, strip, picture), PATIENCE_MS);
    return [
      el(
        "section",
        { class: "picture" },
        el(
          "div",
          { class: "picture-head" },
          el("h3", {}, says),
          el(
            "div",
            { class: "tools" },
            isWay && around,
            tool("−", "Zoom out", (handle) => handle.zoom(0.8)),
            tool("+", "Zoom in", (handle) => handle.zoom(1.25)),
            tool("⤢", "Fit", (handle) => handle.fit()),
          ),
        ),
        canvas,
        strip,
        finding.path ? this.steps(finding) : null,
      ),
    ];
  }

  private start(canvas: HTMLElement, strip: HTMLElement, picture: Parameters<typeof draw>[1]): void {
    this.handle?.destroy();
    canvas.style.height = `${height(picture)}px`;
    this.handle = draw(canvas, picture, (id) => {
      this.handle?.highlight(id);
      strip.replaceChildren(...(id === null ? [] : this.about(id, canvas, strip)));
    });
  }

  /** What the strip below a picture says of the resource that was tapped. */
  private about(id: number, canvas: HTMLElement, strip: HTMLElement): HTMLElement[] {
    const node = this.model.data.nodes[id];
    if (!node) return [];
    const more = el("button", { type: "button" }, "Show what stands around it");
    more.addEventListener("click", () => {
      strip.replaceChildren();
      this.start(canvas, strip, this.model.pictureOf(id));
    });
    const findings = this.model.about(id).slice(0, 6);
    const links = findings.map((finding) => {
      const link = el("button", { type: "button", class: "link" }, this.model.rule(finding).title);
      link.addEventListener("click", () => this.onOpen(finding));
      return el("li", {}, el("span", { class: `dot ${finding.severity}` }), link);
    });
    const untold = node.more ? `, ${plural(node.more, "more neighbor")} not in this report` : "";
    return [
      el("p", {}, el("code", {}, node.address), ` ${this.model.file(node.file)}:${node.line}${untold}`),
      el("ul", {}, ...links),
      more,
    ];
  }

  private steps(finding: Finding): HTMLElement {
    const steps = (finding.path ?? []).map((step) => {
      const node = step.node === null ? undefined : this.model.data.nodes[step.node];
      const item = el(
        "li",
        {},
        el("span", { class: "says" }, ...prose(step.says)),
        el(
          "span",
          { class: "step-place" },
          node ? el("code", {}, named(node.address, node.type).name) : null,
          ` ${this.model.file(step.file)}:${step.line}`,
        ),
      );
      item.addEventListener("mouseenter", () => this.handle?.highlight(step.node));
      item.addEventListener("mouseleave", () => this.handle?.highlight(null));
      return item;
    });
    return el("ol", { class: "steps" }, ...steps);
  }

  private advice(rule: Rule): HTMLElement[] {
    const told = [
      rule.remedy && el("section", { class: "fix" }, el("h3", {}, "Fix"), el("p", {}, ...prose(rule.remedy))),
      rule.example && el("pre", { class: "example", tabindex: "0" }, rule.example.trimEnd()),
      rule.why && el("section", {}, el("h3", {}, "Why it matters"), el("p", {}, ...prose(rule.why))),
    ];
    return told.filter((part): part is HTMLElement => part instanceof HTMLElement);
  }

  private relations(finding: Finding): HTMLElement[] {
    const { model } = this;
    const told: HTMLElement[] = [];
    if (finding.allowed) {
      const { how, reason, file, line } = finding.allowed;
      const text = `${how} in ${model.file(file)}:${line}: ${reason ?? "no reason given"}`;
      told.push(el("section", {}, el("h3", {}, "Allowed by"), el("p", {}, text)));
    }
    const lead = finding.lead ? model.byFingerprint.get(finding.lead) : undefined;
    if (lead) told.push(this.links(finding.standing === "copy" ? "Repeats" : "Follows from", [lead]));
    const followers = model.data.findings.filter((other) => other.lead === finding.fingerprint);
    if (followers.length > 0) told.push(this.links("The same, or follows from this", followers));
    if (finding.also?.length) told.push(names("Also found on", finding.also));
    if (finding.inputs?.length) told.push(names("With variables of", finding.inputs));
    return told;
  }

  private links(title: string, findings: Finding[]): HTMLElement {
    const items = findings.slice(0, 20).map((finding) => {
      const link = el("button", { type: "button", class: "link" }, this.model.rule(finding).title);
      link.addEventListener("click", () => this.onOpen(finding));
      const place = ` ${this.model.file(finding.file)}:${finding.line}`;
      return el("li", {}, el("span", { class: `dot ${finding.severity}` }), link, el("span", { class: "step-place" }, place));
    });
    return el("section", {}, el("h3", {}, title), el("ul", { class: "links" }, ...items));
  }

  private foot(finding: Finding, rule: Rule): HTMLElement {
    const references = rule.references.map((reference) => {
      const cwe = /^CWE-(\d+)$/.exec(reference)?.[1];
      const href = cwe ? `https://cwe.mitre.org/data/definitions/${cwe}.html` : reference;
      if (!href.startsWith("https://")) return el("li", {}, reference);
      return el("li", {}, el("a", { href, target: "_blank", rel: "noreferrer" }, reference));
    });
    return el(
      "footer",
      { class: "finding-foot" },
      references.length > 0 && el("ul", { class: "references" }, ...references),
      el("p", {}, "Rule ", el("code", {}, rule.id), " · fingerprint ", el("code", {}, finding.fingerprint)),
    );
  }
}

function names(title: string, all: string[]): HTMLElement {
  const items = all.slice(0, 30).map((name) => el("li", {}, el("code", {}, name)));
  const more = all.length > 30 ? el("li", {}, `and ${all.length - 30} more`) : null;
  return el("section", {}, el("h3", {}, title), el("ul", { class: "names" }, ...items, more));
}

function describe(finding: Finding): string {
  const steps = (finding.path ?? []).map((step, n) => `${n + 1}. ${step.says}`);
  return steps.length > 0 ? steps.join("; ") : `what ${finding.address} is joined to`;
}

/** A line with its marked ranges; where two overlap, the first one counts. */
function pieces(text: string, marks: Mark[], severity: string): (Node | string)[] {
  const told: (Node | string)[] = [];
  let at = 0;
  for (const mark of marks) {
    if (mark.from < at || mark.to <= mark.from) continue;
    told.push(text.slice(at, mark.from));
    told.push(el("mark", { class: mark.primary ? severity : "other" }, text.slice(mark.from, mark.to)));
    at = mark.to;
  }
  told.push(text.slice(at) || (told.length > 0 ? "" : " "));
  return told;
}

function note(mark: Mark, severity: string): HTMLElement {
  return el("span", { class: `note ${mark.primary ? severity : "other"}` }, ...prose(mark.text));
}
