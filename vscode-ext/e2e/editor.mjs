// An editor as a person has it: the workbench that code-server serves, shown by Chromium, with the packed extension installed.
// Everything lies in a new temporary folder and listens on this machine alone; `stop` ends and clears it.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";

const SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.layoutControl.enabled": false,
  "window.commandCenter": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "chat.disableAIFeatures": true,
  "git.enabled": false,
  "editor.accessibilitySupport": "off",
  "editor.minimap.enabled": false,
  "editor.hover.delay": 100,
  "editor.stickyScroll.enabled": false,
  "files.autoSave": "off",
  "breadcrumbs.enabled": false,
  "workbench.quickOpen.closeOnFocusLost": false,
  "security.workspace.trust.startupPrompt": "never",
  "security.workspace.trust.banner": "never",
};

/** `isTrusting`: whether every workspace is trusted without asking. */
export async function startEditor({ server, browserPath, extensions, isTrusting, logs }) {
  const scratch = mkdtempSync(join(tmpdir(), "stanchion-editor-"));
  const entry = join(server, "out/node/entry.js");
  const folders = ["--user-data-dir", join(scratch, "data"), "--extensions-dir", join(scratch, "extensions")];
  // A home of its own, no gallery, and nothing of an editor that this was started from.
  const env = { ...process.env, HOME: join(scratch, "home"), EXTENSIONS_GALLERY: '{"serviceUrl":""}' };
  for (const name of Object.keys(env)) if (/^(VSCODE_|CODE_SERVER|XDG_|NODE_OPTIONS$|NODE_TEST|PASSWORD$)/.test(name)) delete env[name];
  mkdirSync(join(scratch, "data/User"), { recursive: true });
  mkdirSync(env.HOME);
  writeFileSync(join(scratch, "data/User/settings.json"), JSON.stringify({ ...SETTINGS, "security.workspace.trust.enabled": !isTrusting }));

  let editor;
  let browser;
  const stop = async () => {
    await browser?.close();
    if (editor?.exitCode === null) {
      const gone = new Promise((done) => editor.once("exit", done));
      process.kill(-editor.pid, "SIGTERM"); // a process group of its own
      await Promise.race([gone, sleep(5000, undefined, { ref: false })]);
      try {
        process.kill(-editor.pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    }
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  };

  try {
    for (const extension of extensions) {
      const run = spawnSync(process.execPath, [entry, ...folders, "--install-extension", extension], { env, encoding: "utf8", timeout: 120_000 });
      if (run.status !== 0) throw new Error(`${basename(extension)} cannot be installed: ${run.stdout}${run.stderr}`);
    }
    const port = await freePort();
    const log = openSync(join(logs, `code-server-${port}.log`), "w");
    const switches = ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check"];
    switches.push("--disable-getting-started-override", "--disable-proxy", ...(isTrusting ? ["--disable-workspace-trust"] : []));
    editor = spawn(process.execPath, [entry, ...folders, ...switches], { env, stdio: ["ignore", log, log], detached: true });
    for (let tries = 0; !(await answers(port)); tries += 1) {
      if (tries > 240 || editor.exitCode !== null) throw new Error(`code-server did not start: ${logs}`);
      await sleep(250);
    }
    browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
    /** A window on a copy of `fixture`, with further files. */
    const open = async (name, fixture, files = {}) => {
      const folder = join(scratch, name);
      cpSync(fixture, folder, { recursive: true });
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(join(folder, path, ".."), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      const context = await browser.newContext({ viewport: { width: 1200, height: 760 } });
      const outside = new Set();
      await context.route((url) => url.hostname !== "127.0.0.1", (route) => {
        outside.add(new URL(route.request().url()).hostname);
        return route.abort();
      });
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      await page.goto(`http://127.0.0.1:${port}/?${new URLSearchParams({ folder })}`, { timeout: 120_000 });
      await page.locator(".explorer-viewlet .monaco-list-row").first().waitFor();
      return { page, folder, outside };
    };
    return { open, stop, scratch };
  } catch (error) {
    await stop();
    throw error;
  }
}

export function findBrowser() {
  const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return places.find((path) => path && existsSync(path));
}

async function answers(port) {
  try {
    return (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
  } catch {
    return false;
  }
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
