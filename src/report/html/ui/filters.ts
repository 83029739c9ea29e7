/** The filters beside the list, each value with the number of findings that it would show. */
import { SEVERITIES, STANDINGS } from "./data";
import { el } from "./dom";
import { standingWords } from "./detail";
import type { Facet, Filter } from "./model";

/** Values of a facet that are shown at first. */
const MAX_VALUES = 8;

const TITLES: Record<Facet, string> = {
  severity: "Severity",
  standing: "Verdict",
  category: "Category",
  rule: "Rule",
  file: "File",
};

export class Filters {
  private readonly expanded = new Set<Facet>();

  constructor(
    private readonly box: HTMLElement,
    private readonly filter: Filter,
    private readonly onChange: () => void,
  ) {}

  toggle(facet: Facet, value: string): void {
    const wanted = this.filter.wanted[facet];
    if (!wanted.delete(value)) wanted.add(value);
    this.onChange();
  }

  show(counts: Record<Facet, Map<string, number>>): void {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["value"] : undefined;
    const facets = (Object.keys(TITLES) as Facet[]).map((facet) => this.facet(facet, counts[facet]));
    this.box.replaceChildren(...facets);
    if (focused === undefined) return;
    const again = [...this.box.querySelectorAll<HTMLElement>("[data-value]")].find((one) => one.dataset["value"] === focused);
    again?.focus({ preventScroll: true });
  }

  private facet(facet: Facet, counts: Map<string, number>): HTMLElement {
    const wanted = this.filter.wanted[facet];
    const values = order(facet, counts, wanted);
    const isExpanded = this.expanded.has(facet);
    const shown = isExpanded ? values : values.filter((value, n) => n < MAX_VALUES || wanted.has(value));
    const items = shown.map((value) => this.value(facet, value, counts.get(value) ?? 0));
    const n_more = values.length - shown.length;
    const more = el("button", { type: "button", class: "link more" }, isExpanded ? "show less" : `show ${n_more} more`);
    more.addEventListener("click", () => {
      if (!this.expanded.delete(facet)) this.expanded.add(facet);
      this.onChange();
    });
    const clear = el("button", { type: "button", class: "link clear" }, "all");
    clear.addEventListener("click", () => {
      wanted.clear();
      this.onChange();
    });
    return el(
      "fieldset",
      { class: `facet ${facet}` },
      el("legend", {}, TITLES[facet], wanted.size > 0 && clear),
      el("div", { class: "values" }, ...items),
      (n_more > 0 || (isExpanded && values.length > MAX_VALUES)) && more,
    );
  }

  private value(facet: Facet, value: string, n: number): HTMLElement {
    const input = el("input", { type: "checkbox", "data-value": `${facet}=${value}` });
    input.checked = this.filter.wanted[facet].has(value);
    input.addEventListener("change", () => this.toggle(facet, value));
    const text = facet === "standing" ? standingWords(value) : value;
    return el(
      "label",
      { class: n === 0 ? "none" : "", title: text },
      input,
      facet === "severity" && el("span", { class: `dot ${value}` }),
      el("span", { class: "value" }, facet === "file" ? el("bdi", {}, text) : text),
      el("span", { class: "count" }, n.toLocaleString("en")),
    );
  }
}

/** Severities and verdicts as they are told, the rest by how many they show. */
function order(facet: Facet, counts: Map<string, number>, wanted: Set<string>): string[] {
  const all = [...new Set([...counts.keys(), ...wanted])];
  if (facet === "severity") return SEVERITIES.filter((value) => all.includes(value));
  if (facet === "standing") return STANDINGS.filter((value) => all.includes(value));
  return all.sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (a < b ? -1 : 1));
}
