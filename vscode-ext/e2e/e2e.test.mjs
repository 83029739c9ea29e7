// The packed extension in a real editor, as a person uses it, with a real server.
//
//     STANCHION_BIN=../target/debug/stanchion npm run e2e
//
// Skipped where there is no Chromium. SHOTS=folder also keeps the pictures that the README and the walkthrough show.
// CODE_SERVER names an installed code-server; else it is put into target/editor. FURTHER lists packages (.vsix) to install beside.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { findBrowser, startEditor } from "./editor.mjs";
import { BUILD_TOOLS, install } from "./install.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = resolve(here, "..");
const binary = resolve(process.env.STANCHION_BIN ?? resolve(root, "../target/debug/stanchion"));
const fixture = join(root, "walkthrough/sample");
const out = join(here, "out");
const browserPath = findBrowser();
const skip = reasonToSkip();

const PUBLIC_BUCKET = "s3-bucket-public-acl";
const OPEN_MODEL = "model-server-reachable-without-login";

let server;
let vsix;
let editor;
let page;
let folder;
let outside;
let hasFailed = false;

before(async () => {
  if (skip) return;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  server = process.env.CODE_SERVER ?? install(resolve(root, "../target/editor"));
  vsix = join(out, "stanchion.vsix");
  const target = `${process.platform}-${process.arch}`;
  const pack = spawnSync(process.execPath, [join(root, "package.mjs"), "--target", target, "--binary", binary, "--out", vsix], { encoding: "utf8" });
  assert.equal(pack.status, 0, `${pack.stdout}${pack.stderr}`);
  editor = await start(true);
  ({ page, folder, outside } = await editor.open("acme", fixture));
});

after(async () => {
  await editor?.stop();
});

function start(isTrusting) {
  const extensions = [vsix, ...(process.env.FURTHER?.split(":") ?? [])];
  return startEditor({ server, browserPath, extensions, isTrusting, logs: out });
}

function reasonToSkip() {
  if (!browserPath) return "no Chromium here: install Debian's `chromium` or name one with CHROMIUM";
  const missing = process.env.CODE_SERVER ? [] : BUILD_TOOLS.filter((tool) => spawnSync(tool, ["--version"]).status !== 0);
  return missing.length > 0 ? `no ${missing.join(" and no ")} here to install the editor with` : false;
}

/** One thing that a person does. It begins where the one before ended; after a failure the rest says nothing. */
function step(name, act) {
  test(name, { skip }, async (context) => {
    if (hasFailed) return context.skip("an earlier step failed");
    try {
      await act();
    } catch (error) {
      hasFailed = true;
      await page?.screenshot({ path: join(out, "failure.png") });
      throw error;
    }
  });
}

/** What is in sight, in light and dark. Of a menu a part is kept, in light alone: it is gone once the colors change. */
async function shot(name, menu) {
  if (!process.env.SHOTS) return;
  const keep = async (file) => {
    if (!menu) await page.mouse.move(4, 300);
    await page.waitForTimeout(800);
    await page.screenshot({ path: join(process.env.SHOTS, `${file}.png`), ...menu });
  };
  await keep(name);
  if (menu) return;
  await run("Preferences: Toggle between Light/Dark Themes");
  await page.locator(".monaco-workbench.vs-dark").waitFor();
  await keep(`${name}-dark`);
  await run("Preferences: Toggle between Light/Dark Themes");
  await page.locator(".monaco-workbench.vs").waitFor();
}

const text = (name) => readFileSync(join(folder, name), "utf8");
const status = () => page.locator('[id$="stanchion.status"]');
const problems = () => page.locator(".markers-panel .monaco-list-row");
const squiggle = (kind = "error") => page.locator(`.editor-instance .squiggly-${kind}`);
const picture = () => page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");

async function openFile(name) {
  await page.locator(".explorer-viewlet .monaco-list-row", { hasText: name }).dblclick();
  await page.locator(".tab.active", { hasText: name }).waitFor();
}

async function goto(line, column) {
  await page.keyboard.press("Control+G");
  const box = page.locator(".quick-input-widget input");
  await box.fill(`:${line}:${column}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: new RegExp(`line ${line} .*${column}`) }).waitFor();
  await box.press("Enter");
  await cursor(new RegExp(`^Ln ${line}, Col ${column}$`));
}

/** Waits until the editor says that its cursor is there. */
function cursor(where) {
  return page.locator("#status\\.editor\\.selection", { hasText: where }).waitFor();
}

async function run(command) {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input").fill(`>${command}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: command }).first().click();
}

async function save() {
  await page.keyboard.press("Control+S");
  await page.locator(".tab.active.dirty").waitFor({ state: "detached" });
}

/** Walks to an entry of the light bulb's menu at the cursor; Enter then takes it. */
async function reach(pattern) {
  const entries = page.locator(".action-widget .monaco-list-row.action");
  const entry = entries.filter({ hasText: pattern }).first();
  // A menu that opens before the server has answered closes or stays without the entry: it is asked for again.
  for (let tries = 6; ; tries -= 1) {
    await page.keyboard.press("Control+.");
    const isThere = await entry.waitFor({ timeout: 10_000 }).then(() => true, () => false);
    if (isThere) break;
    assert.ok(tries > 1, `no ${pattern} in the menu`);
    await page.keyboard.press("Escape");
  }
  for (let n = await entries.count(); n > 0; n -= 1) {
    if (pattern.test(await page.locator(".action-widget .monaco-list-row.focused").innerText())) return;
    await page.keyboard.press("ArrowDown");
  }
  assert.fail(`no way to ${pattern} in ${await entries.allInnerTexts()}`);
}

async function take(pattern) {
  await reach(pattern);
  await page.keyboard.press("Enter");
}

step("a file with a finding is underlined", async () => {
  await openFile("storage.tf");
  // All of the editor starts with the first file.
  await squiggle().first().waitFor({ state: "attached", timeout: 180_000 });
});

step("the status bar tells the version and how much was found", async () => {
  await status().filter({ hasText: /stanchion \d+\.\d+\.\d+: \d+ findings/ }).waitFor();
});

step("the Problems view lists findings by their rules", async () => {
  await page.keyboard.press("Control+Shift+M");
  await problems().filter({ hasText: PUBLIC_BUCKET }).first().waitFor();
  await openFile("llm.yaml");
  await problems().filter({ hasText: OPEN_MODEL }).first().waitFor();
  await openFile("storage.tf");
  await shot("problems");
});

step("a hover tells what the rule says", async () => {
  const box = await squiggle().first().boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2 - 4);
  await page.mouse.move(box.x + box.width / 2 + 2, box.y + box.height / 2 - 4);
  await page.locator(".monaco-hover:visible", { hasText: PUBLIC_BUCKET }).filter({ hasText: /on the internet/ }).waitFor();
  await shot("hover", { clip: { x: 348, y: 0, width: 852, height: 420 } });
  await page.mouse.move(4, 4);
});

step("a related place of a finding is one click away", async () => {
  await openFile("llm.yaml");
  const place = problems().filter({ hasText: /Ln 33, Col 3.*has a public load balancer/ }).first();
  if (!(await place.isVisible())) await problems().filter({ hasText: OPEN_MODEL }).first().locator(".monaco-tl-twistie").click();
  await place.dblclick();
  await cursor(/^Ln 33, /);
});

step("the way to a model server is drawn, and a click on a node goes to its place", async () => {
  await page.keyboard.press("Control+J");
  await page.locator(".markers-panel").waitFor({ state: "hidden" });
  await goto(17, 14);
  await take(/^Show the way/);
  await picture().locator("#nodes .node").first().waitFor();
  const drawn = await picture().locator("#picture").evaluate((canvas) =>
    canvas._cyreg.cy.nodes().map((node) => ({ label: node.data("label"), ...node.renderedPosition() })),
  );
  const labels = drawn.map(({ label }) => label);
  for (const kind of ["Service", "Deployment"]) assert.ok(labels.some((label) => label.endsWith(`\n${kind}`)), labels.join("; "));
  const service = drawn.find(({ label }) => label.endsWith("\nService"));
  await picture().locator("#picture").click({ position: { x: service.x, y: service.y } });
  await cursor(/^Ln (2[7-9]|3[0-7]), /);
  await picture().locator("#nodes .node", { hasText: "Deployment" }).click();
  await cursor(/^Ln ([2-9]|1\d|2[0-5]), /);
  await page.keyboard.press("Control+B");
  await shot("path");
  await page.keyboard.press("Control+B");
});

step("the picture's page has a strict policy and nothing was refused by it", async () => {
  const policy = await picture().locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
  assert.match(policy, /^default-src 'none'; script-src 'nonce-[\w-]+'; style-src 'nonce-[\w-]+'/);
  const position = await picture().locator("#picture").evaluate((canvas) => getComputedStyle(canvas).position);
  assert.equal(position, "relative");
});

step("a quick fix is applied and saved", async () => {
  await run("View: Close All Editors");
  await openFile("storage.tf");
  await goto(8, 14);
  await reach(/private/);
  await shot("fix", { clip: { x: 348, y: 0, width: 640, height: 400 } });
  await page.keyboard.press("Enter");
  await squiggle().first().waitFor({ state: "detached" });
  await save();
  assert.equal(text("storage.tf"), readFileSync(join(fixture, "storage.tf"), "utf8").replace('"public-read"', '"private"'));
});

step("a finding is allowed where it stands, and is gone", async () => {
  await openFile("llm.yaml");
  await squiggle().first().waitFor({ state: "attached" });
  await goto(17, 14);
  await take(new RegExp(`allow.*${OPEN_MODEL}`, "i"));
  await squiggle().first().waitFor({ state: "detached" });
  await save();
  assert.match(text("llm.yaml"), new RegExp(`^ *# stanchion:allow ${OPEN_MODEL} -- \\S`, "m"));
});

step("a rule is explained in a preview", async () => {
  await goto(34, 5);
  await run("Stanchion: Explain Rule…");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "load-balancer-open-to-internet" }).first().click();
  await page.locator(".tab.active", { hasText: "load-balancer-open-to-internet" }).waitFor();
  await picture().locator("h1").first().waitFor();
  await shot("rule");
});

step("the HTML report opens in the editor", async () => {
  await run("View: Close All Editors");
  await run("Stanchion: Open HTML Report");
  await picture().locator("#list .row").first().waitFor();
  await page.keyboard.press("Control+B");
  await shot("report");
  await page.keyboard.press("Control+B");
  await run("View: Close All Editors");
});

step("the status bar opens a menu, and the server can be restarted from it", async () => {
  await status().click();
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "Restart the server" }).click();
  await openFile("llm.yaml");
  await status().filter({ hasText: /\d+ finding/ }).waitFor();
  await squiggle("warning").first().waitFor({ state: "attached" });
});

step("a server that dies is started again", async () => {
  const program = `${editor.scratch}/extensions/.*/bundled/bin/stanchion lsp`;
  const running = () => spawnSync("pgrep", ["-f", program], { encoding: "utf8" }).stdout.trim();
  const first = running();
  assert.match(first, /^\d+$/);
  process.kill(Number(first), "SIGKILL");
  for (let tries = 0; tries < 100 && ["", first].includes(running()); tries += 1) await page.waitForTimeout(100);
  assert.match(running(), /^\d+$/);
  assert.notEqual(running(), first);
  await status().filter({ hasText: /\d+ finding/ }).waitFor();
  await squiggle("warning").first().waitFor({ state: "attached" });
});

step("nothing outside of this machine was asked for", () => {
  const asked = [...outside].filter((host) => !host.endsWith(".vscode-cdn.net"));
  assert.deepEqual(asked, []);
});

step("without a program the message helps, and a corrected setting starts it", async () => {
  const path = (program) => JSON.stringify({ "stanchion.path": program });
  await page.context().close();
  ({ page, folder } = await editor.open("none", fixture, { ".vscode/settings.json": path("/no/such/stanchion") }));
  await openFile("storage.tf");
  const message = page.locator(".notification-toast", { hasText: "There is no program at /no/such/stanchion" });
  await message.waitFor();
  for (const name of ["Open Settings", "Install Guide", "Retry"]) await message.getByRole("button", { name }).waitFor();
  await status().filter({ hasText: "no server" }).waitFor();
  await shot("missing");
  await message.getByRole("button", { name: "Open Settings" }).click();
  await page.locator(".settings-editor", { hasText: "Stanchion: Path" }).waitFor();
  writeFileSync(join(folder, ".vscode/settings.json"), "{}");
  await status().filter({ hasText: /\d+ findings/ }).waitFor();
});

step("a workspace that is not trusted does not choose the program", async () => {
  await editor.stop();
  editor = await start(false);
  const proof = join(editor.scratch, "was-run");
  const program = join(editor.scratch, "evil");
  writeFileSync(program, `#!/bin/sh\ntouch ${proof}\n`);
  chmodSync(program, 0o755);
  ({ page, folder } = await editor.open("stranger", fixture, { ".vscode/settings.json": JSON.stringify({ "stanchion.path": program }) }));
  await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
  await openFile("storage.tf");
  await status().filter({ hasText: /\d+ findings/ }).waitFor();
  assert.equal(existsSync(proof), false);
});
