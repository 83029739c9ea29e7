/** The list of findings. Only the rows in sight are in the page, however many there are. */
import type { Finding } from "./data";
import { el } from "./dom";
import type { Model } from "./model";

/** Height of a row in pixels, as the style sheet has it. */
const ROW = 66;
/** Rows above and below those in sight. */
const MARGIN = 8;

export class List {
  private findings: Finding[] = [];
  private index = -1;
  private drawn = "";
  private readonly rows = el("div", { class: "rows" });

  constructor(
    private readonly box: HTMLElement,
    private readonly model: Model,
    private readonly onChoose: (finding: Finding | null) => void,
  ) {
    box.append(this.rows);
    box.addEventListener("scroll", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(box);
    box.addEventListener("keydown", (event) => this.key(event));
  }

  get chosen(): Finding | null {
    return this.findings[this.index] ?? null;
  }

  show(findings: Finding[]): void {
    const kept = this.chosen;
    this.findings = findings;
    this.index = kept ? findings.indexOf(kept) : -1;
    this.rows.style.height = `${findings.length * ROW}px`;
    this.drawn = "";
    if (this.index < 0) {
      this.box.scrollTop = 0;
      this.choose(findings.length > 0 ? 0 : -1);
    } else {
      this.reveal();
      this.draw();
    }
  }

  choose(index: number): void {
    this.index = index;
    this.drawn = "";
    this.reveal();
    this.draw();
    this.onChoose(this.chosen);
  }

  /** Gives whether it is in the list. */
  open(finding: Finding): boolean {
    const index = this.findings.indexOf(finding);
    if (index >= 0) this.choose(index);
    return index >= 0;
  }

  move(step: number): void {
    if (this.findings.length === 0) return;
    this.choose(Math.max(0, Math.min(this.findings.length - 1, this.index + step)));
  }

  private key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.findings.length,
      End: this.findings.length,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.move(step);
  }

  private reveal(): void {
    if (this.index < 0) return;
    const top = this.index * ROW;
    const { scrollTop, clientHeight } = this.box;
    if (top < scrollTop) this.box.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) this.box.scrollTop = top + ROW - clientHeight;
  }

  private draw(): void {
    const first = Math.max(0, Math.floor(this.box.scrollTop / ROW) - MARGIN);
    const last = Math.min(this.findings.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / ROW) + MARGIN);
    const wanted = `${first} ${last}`;
    if (wanted === this.drawn) return;
    this.drawn = wanted;
    const rows = this.findings.slice(first, last).map((finding, n) => this.row(finding, first + n));
    this.rows.replaceChildren(...rows);
    if (this.index >= first && this.index < last) this.box.setAttribute("aria-activedescendant", `row-${this.index}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  private row(finding: Finding, index: number): HTMLElement {
    const rule = this.model.rule(finding);
    const row = el(
      "div",
      {
        class: `row ${finding.severity} ${finding.standing}`,
        role: "option",
        id: `row-${index}`,
        "aria-selected": index === this.index ? "true" : "false",
        "aria-setsize": String(this.findings.length),
        "aria-posinset": String(index + 1),
        click: () => this.choose(index),
      },
      el("span", { class: `dot ${finding.severity}`, title: finding.severity }),
      el("span", { class: "row-title" }, rule.title),
      el("span", { class: "row-address" }, finding.address),
      el("span", { class: "row-place" }, `${this.model.file(finding.file)}:${finding.line}`),
      !!finding.path && el("span", { class: "row-mark", title: "shows the way of an attacker" }, "⇢"),
    );
    row.style.top = `${index * ROW}px`;
    return row;
  }
}
