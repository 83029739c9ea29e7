/** The page: reads its data, joins filters, list and detail, and answers the keyboard. */
import { SEVERITIES, type Data, type Finding } from "./data";
import { Detail, standingWords } from "./detail";
import { byId, el, plural, prose } from "./dom";
import { Filters } from "./filters";
import { List } from "./list";
import { FACETS, Model, type Filter } from "./model";

const data = JSON.parse(byId("data").textContent ?? "") as Data;
const model = new Model(data);
const filter: Filter = {
  wanted: Object.fromEntries(FACETS.map((facet) => [facet, new Set<string>()])) as Filter["wanted"],
  words: [],
};
// What repeats others or does not count is a click away.
const isQuiet = (finding: Finding) => finding.standing === "fails" || finding.standing === "below";
if (data.findings.some(isQuiet) && !data.findings.every(isQuiet)) filter.wanted.standing = new Set(["fails", "below"]);

const search = byId("search") as HTMLInputElement;
const detail = new Detail(byId("detail"), model, open);
const list = new List(byId("list"), model, (finding) => {
  detail.show(finding);
  if (finding) history.replaceState(null, "", `#${finding.fingerprint}`);
});
const filters = new Filters(byId("filters"), filter, update);
let selected: Finding[] = [];

function update(): void {
  const { findings, counts } = model.select(filter);
  selected = findings;
  filters.show(counts);
  overview(counts.severity, counts.category);
  byId("count").textContent = `${plural(findings.length, "finding")}${findings.length < data.findings.length ? ` of ${data.findings.length.toLocaleString("en")}` : ""}`;
  byId("reset").hidden = filter.words.length === 0 && FACETS.every((facet) => filter.wanted[facet].size === 0);
  list.show(findings);
}

/** Opens a finding, and takes filters off that hide it. */
function open(finding: Finding): void {
  showTab("findings");
  if (!list.open(finding)) {
    clearFilters();
    list.open(finding);
  }
  document.body.classList.add("reading");
}

function clearFilters(): void {
  FACETS.forEach((facet) => filter.wanted[facet].clear());
  filter.words = [];
  search.value = "";
  update();
}

function overview(bySeverity: Map<string, number>, byCategory: Map<string, number>): void {
  const tile = (severity: string) => {
    const n = bySeverity.get(severity) ?? 0;
    const isOn = filter.wanted.severity.has(severity);
    const attributes = { type: "button", class: `tile ${severity} ${n === 0 ? "none" : ""}`, "aria-pressed": String(isOn) };
    const button = el("button", attributes, el("strong", {}, n.toLocaleString("en")), el("span", {}, severity));
    button.addEventListener("click", () => filters.toggle("severity", severity));
    return button;
  };
  byId("tiles").replaceChildren(...SEVERITIES.map(tile));
  const most = Math.max(1, ...byCategory.values());
  const sorted = [...byCategory].sort((a, b) => b[1] - a[1]);
  const bars = sorted.map(([category, n]) => {
    const fill = el("span", { class: "fill" });
    fill.style.width = `${(100 * n) / most}%`;
    const isOn = filter.wanted.category.has(category);
    const button = el(
      "button",
      { type: "button", class: "category-bar", "aria-pressed": String(isOn) },
      el("span", { class: "name" }, category),
      el("span", { class: "track" }, fill),
      el("span", { class: "count" }, n.toLocaleString("en")),
    );
    button.addEventListener("click", () => filters.toggle("category", category));
    return button;
  });
  byId("categories").replaceChildren(...bars);
}

function verdict(): void {
  const kind = ["clean", "failed", "unknown"][data.exit] ?? "unknown";
  const words = { clean: "Passed", failed: "Failed", unknown: "Could not analyze" }[kind] ?? "";
  const { files, resources, rules, undecided, hidden } = data.counts;
  const rest = [
    `${plural(files, "file")}, ${plural(resources, "resource")} and ${plural(rules, "rule")}`,
    undecided > 0 && `${plural(undecided, "check")} undecided`,
    data.skipped.length > 0 && `${plural(data.skipped.length, "file")} not analyzed`,
    hidden > 0 && `${plural(hidden, "finding")} in examples and tests hidden`,
  ];
  byId("verdict").classList.add(kind);
  byId("verdict").replaceChildren(
    el("p", { class: "verdict-word" }, words),
    el("p", { class: "verdict-reason" }, ...prose(data.reason)),
    el("p", { class: "checked" }, rest.filter(Boolean).join(" · ")),
  );
}

const place = (at: { file: number; line: number }) => el("span", { class: "step-place" }, `${model.file(at.file)}:${at.line}`);

function undecided(): HTMLElement[] {
  const rows = data.undecided.map((one) => {
    const places = one.places.map((question) =>
      el("li", {}, el("code", {}, question.address), " ", place(question), el("span", { class: "rule-id" }, question.rule)),
    );
    const more = one.n > places.length ? [el("li", { class: "soft" }, `and ${one.n - places.length} more`)] : [];
    return group(one.n, one.reason, [...places, ...more]);
  });
  return [
    el("h2", {}, "Undecided"),
    el("p", { class: "lead" }, "Checks that hang on a value the code does not tell. They are no findings. Give the missing input, such as a variable file or a plan, and run again."),
    ...rows,
  ];
}

/** Files that were not analyzed, by reason. */
function skipped(): HTMLElement[] {
  const byReason = Map.groupBy(data.skipped, (one) => one.message);
  const sorted = [...byReason].sort((a, b) => b[1].length - a[1].length);
  return sorted.map(([reason, all]) => {
    const files = all.map((one) => el("li", { class: "step-place" }, one.file));
    return group(all.length, reason, files);
  });
}

function group(n: number, title: string, items: HTMLElement[]): HTMLElement {
  return el(
    "details",
    { class: "reason" },
    el("summary", {}, el("strong", {}, n.toLocaleString("en")), el("span", {}, ...prose(title))),
    el("ul", {}, ...items),
  );
}

function leftOut(): HTMLElement[] {
  const section = (title: string, lead: string, items: HTMLElement[]) =>
    items.length > 0 ? [el("h2", {}, title), el("p", { class: "lead" }, lead), el("ul", { class: "plain" }, ...items)] : [];
  const remark = (one: Data["problems"][number]) =>
    el("li", {}, place(one), el("span", {}, ...prose(one.message)), one.help && el("span", { class: "soft" }, ...prose(one.help)));
  return [
    ...(data.skipped.length > 0 ? [el("h2", {}, "Not analyzed"), el("p", { class: "lead" }, "Files that look like Terraform or Kubernetes and could not be read."), ...skipped()] : []),
    ...section("Broken input", "The healthy parts around these were checked.", data.problems.map(remark)),
    ...section("Modules not on disk", "Run `terraform init` to have them checked.".replaceAll("`", ""), data.modules.map((one) =>
      el("li", {}, el("code", {}, one.source), el("span", { class: "soft" }, plural(one.calls, "call"))))),
    ...section("Suppressions to tidy", "They allow nothing, have expired, or do not say why.", data.notices.map(remark)),
  ];
}

function controls(): HTMLElement[] {
  const framework = data.framework;
  if (!framework) return [];
  const rows = framework.controls.map((control) =>
    el(
      "tr",
      {},
      el("td", {}, el("code", {}, control.id)),
      el("td", {}, control.title),
      el("td", {}, control.worst && el("span", { class: `dot ${control.worst}` }), control.standing),
      el("td", { class: "number-cell" }, Object.values(control.findings).reduce((sum, n) => sum + n, 0).toLocaleString("en")),
    ),
  );
  const head = ["Control", "Asks for", "Standing", "Findings"].map((text) => el("th", { scope: "col" }, text));
  return [
    el("h2", {}, `${framework.title}, ${framework.edition}`),
    el("p", { class: "lead" }, framework.note),
    el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)),
  ];
}

const TABS: Record<string, { title: string; n: number }> = {
  findings: { title: "Findings", n: data.findings.length },
  undecided: { title: "Undecided", n: data.counts.undecided },
  "left-out": { title: "Left out", n: data.skipped.length + data.problems.length + data.modules.length + data.notices.length },
  controls: { title: "Controls", n: data.framework?.controls.length ?? 0 },
};

function tabs(): void {
  const buttons = Object.entries(TABS).filter(([name, { n }]) => n > 0 || name === "findings").map(([name, { title, n }]) => {
    const attributes = { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": name, "aria-selected": "false" };
    const button = el("button", attributes, title, el("span", { class: "count" }, n.toLocaleString("en")));
    button.addEventListener("click", () => showTab(name));
    return button;
  });
  byId("tabs").replaceChildren(...buttons);
}

const filled = new Set<string>();

function showTab(name: string): void {
  for (const other of Object.keys(TABS)) {
    byId(other).hidden = other !== name;
    document.getElementById(`tab-${other}`)?.setAttribute("aria-selected", String(other === name));
  }
  const make = { undecided, "left-out": leftOut, controls }[name];
  if (make && !filled.has(name)) byId(name).replaceChildren(...make());
  filled.add(name);
}

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

/** An editor that shows the page names its theme on the body; else the system's colors count until somebody chooses. */
function surroundings(): "light" | "dark" {
  const editor = document.body.dataset["vscodeThemeKind"];
  return (editor ? !editor.endsWith("light") : systemIsDark.matches) ? "dark" : "light";
}

function theme(next: "light" | "dark"): void {
  document.documentElement.dataset["theme"] = next;
  byId("theme").setAttribute("aria-label", next === "dark" ? "Use light colors" : "Use dark colors");
  detail.redraw();
}

/** On paper come the findings of the list, each in short. */
function print(): void {
  const told = selected.map((finding) => {
    const rule = model.rule(finding);
    const steps = (finding.path ?? []).map((step) => el("li", {}, ...prose(step.says), ` (${model.file(step.file)}:${step.line})`));
    return el(
      "article",
      {},
      el("h3", {}, el("span", { class: `badge ${finding.severity}` }, finding.severity), ` ${rule.title}`),
      el("p", { class: "where" }, el("code", {}, finding.address), ` ${model.file(finding.file)}:${finding.line} · ${standingWords(finding.standing)} · ${rule.id}`),
      el("p", {}, ...prose(finding.message)),
      steps.length > 0 && el("ol", {}, ...steps),
      rule.remedy && el("p", {}, el("strong", {}, "Fix: "), ...prose(rule.remedy)),
    );
  });
  byId("print").replaceChildren(...told);
}

function key(event: KeyboardEvent): void {
  const isTyping = event.target instanceof HTMLInputElement && event.target.type === "search";
  if (event.key === "Escape") {
    if (isTyping && search.value) {
      search.value = "";
      search.dispatchEvent(new Event("input"));
    } else {
      document.body.classList.remove("reading", "filtering");
      byId("list").focus();
    }
    return;
  }
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const acts: Record<string, () => void> = {
    "/": () => search.focus(),
    j: () => list.move(1),
    k: () => list.move(-1),
    t: () => byId("theme").click(),
    Enter: () => {
      if (document.activeElement !== byId("list")) return;
      document.body.classList.add("reading");
      byId("detail").focus();
    },
  };
  const act = acts[event.key];
  if (!act) return;
  if (event.key === "/") event.preventDefault();
  act();
}

search.addEventListener("input", () => {
  filter.words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  update();
});
byId("reset").addEventListener("click", clearFilters);
byId("theme").addEventListener("click", () => theme(document.documentElement.dataset["theme"] === "dark" ? "light" : "dark"));
byId("back").addEventListener("click", () => document.body.classList.remove("reading"));
byId("show-filters").addEventListener("click", () => document.body.classList.toggle("filtering"));
byId("list").addEventListener("click", () => document.body.classList.add("reading"));
systemIsDark.addEventListener("change", () => theme(surroundings()));
new MutationObserver(() => theme(surroundings())).observe(document.body, { attributeFilter: ["data-vscode-theme-kind"] });
addEventListener("beforeprint", print);
addEventListener("afterprint", () => byId("print").replaceChildren());
document.addEventListener("keydown", key);

byId("signature").textContent = `${data.tool} ${data.version}`;
document.documentElement.dataset["theme"] = surroundings();
document.title = `${data.tool}: ${data.reason.replaceAll("`", "")}`;
tabs();
verdict();
showTab("findings");
const linked = model.byFingerprint.get(location.hash.slice(1));
update();
if (linked) open(linked);
byId("list").focus({ preventScroll: true });

