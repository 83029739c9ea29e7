// The HTML report in a real browser: what a person does with it, how fast, and that it is all alone.
//
//     STANCHION=target/release/stanchion npm test
//
// Skipped where there is no Chromium. SHOTS=folder keeps pictures of it in light and dark.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const binary = resolve(root, process.env.STANCHION ?? "target/debug/stanchion");
const browserPath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => path && existsSync(path),
);
const skip = browserPath ? false : "no Chromium here: install Debian's `chromium` or name one with CHROMIUM";

const BUCKETS = 1100;
/** A name that would be markup, and end the script that holds the data, if anything went wrong. */
const NASTY = "</script><script>window.hacked = 1</script><img src=x onerror=window.hacked=1>";

let folder;
let browser;
const logged = [];

/** Two findings for each bucket, an application that the internet reaches, and hostile names. */
function project() {
  for (let part = 0; part < 11; part += 1) {
    const buckets = Array.from({ length: BUCKETS / 11 }, (_, n) => {
      const name = `b${part}_${n}`;
      return `resource "aws_s3_bucket" "${name}" {
  bucket = "data-${name}"
  acl    = "public-read"
}

resource "aws_db_instance" "${name}" {
  engine              = "postgres"
  publicly_accessible = true
}
`;
    });
    mkdirSync(join(folder, `part${part}`));
    writeFileSync(join(folder, `part${part}`, "main.tf"), buckets.join("\n"));
  }
  cpSync(join(root, "fixtures/demo"), join(folder, "app"), { recursive: true });
  const manifest = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${JSON.stringify(NASTY)}
spec:
  template:
    spec:
      containers:
        - name: ${JSON.stringify(NASTY)}
          image: nginx:1.27
          securityContext:
            privileged: true
`;
  mkdirSync(join(folder, "<img src=x>"));
  writeFileSync(join(folder, "<img src=x>", "nasty.yaml"), manifest);
}

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "stanchion-page-"));
  project();
  const run = spawnSync(binary, ["check", folder, "--quiet", "--output", `html=${join(folder, "report.html")}`]);
  assert.equal(run.status, 1, String(run.stderr));
  browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true });
});

async function open(options = {}) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
  page.on("console", (message) => logged.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => logged.push(`error: ${error.message}`));
  page.on("request", (request) => request.url().endsWith("/report.html") || logged.push(`request: ${request.url()}`));
  await page.goto(pathToFileURL(join(folder, "report.html")).href);
  await page.waitForSelector("#list .row");
  return page;
}

const shown = async (page) => Number((await page.textContent("#count")).split(" ")[0].replaceAll(",", ""));

async function shot(page, name) {
  if (!process.env.SHOTS) return;
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });
}

test("two thousand findings are there within a second", { skip }, async () => {
  const times = [];
  for (let n = 0; n < 3; n += 1) {
    const page = await open();
    times.push(
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))),
    );
    assert.ok((await shown(page)) >= 2000, `${await shown(page)} findings`);
    assert.ok((await page.locator("#list .row").count()) < 60, "only rows in sight are in the page");
    await page.close();
  }
  times.sort((a, b) => a - b);
  console.log(`from navigation to the first full frame: ${times.map(Math.round).join(", ")} ms`);
  assert.ok(times[1] < 1000, `${times} ms`);
});

test("filters and search narrow the list and tell how much is left", { skip }, async () => {
  const page = await open();
  const all = await shown(page);
  await page.getByRole("checkbox", { name: /^critical/ }).check();
  const critical = await shown(page);
  assert.ok(critical > 0 && critical < all, `${critical} of ${all}`);
  assert.ok((await page.locator("#list .row").evaluateAll((rows) => rows.every((row) => row.classList.contains("critical")))));
  await page.fill("#search", "vllm login");
  const found = await shown(page);
  assert.ok(found > 0 && found < critical, `${found}`);
  assert.match(await page.textContent("#detail h2"), /login/);
  await page.click("#reset");
  assert.ok((await shown(page)) >= all);
  assert.equal(await page.inputValue("#search"), "");
  await page.fill("#search", "no such thing anywhere");
  assert.equal(await shown(page), 0);
  assert.match(await page.textContent("#detail"), /Nothing matches/);
  await page.close();
});

test("the way of an attacker is a picture and a list of steps", { skip }, async () => {
  const page = await open();
  await page.fill("#search", "model server reachable login");
  await page.waitForSelector(".canvas canvas");
  assert.match(await page.textContent(".steps"), /Ingress vllm is public/);
  assert.ok((await page.locator(".steps li").count()) >= 3);
  await page.getByRole("button", { name: "Neighbors" }).click();
  await page.waitForSelector(".canvas canvas");
  // The node in the middle of the way is in the middle of the picture's upper part: find it by tapping.
  const box = await page.locator(".canvas").boundingBox();
  for (let y = 20; y < box.height && !(await page.textContent(".strip")); y += 25) {
    await page.mouse.click(box.x + box.width / 2, box.y + y);
  }
  assert.match(await page.textContent(".strip"), /vllm/);
  await page.getByRole("button", { name: "Show what stands around it" }).click();
  await shot(page, "way");
  await page.close();
});

test("the keyboard walks, opens and changes colors", { skip }, async () => {
  const page = await open();
  const title = () => page.textContent("#row-0.row .row-address");
  const first = await page.textContent('#list [aria-selected="true"] .row-address');
  assert.equal(first, await title());
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("j");
  assert.equal(await page.getAttribute("#list", "aria-activedescendant"), "row-2");
  await page.keyboard.press("End");
  assert.equal(await page.getAttribute("#list", "aria-activedescendant"), `row-${(await shown(page)) - 1}`);
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "detail");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.press("Escape");
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.keyboard.press("t");
  assert.notEqual(await ground(), light);
  await page.close();
});

test("a link to a finding opens it", { skip }, async () => {
  const page = await open();
  await page.keyboard.press("ArrowDown");
  const [url, title] = [page.url(), await page.textContent("#detail h2")];
  await page.close();
  const again = await browser.newPage();
  await again.goto(url);
  assert.equal(await again.textContent("#detail h2"), title);
  await again.close();
});

test("no name becomes markup", { skip }, async () => {
  const page = await open();
  await page.fill("#search", "privileged onerror");
  assert.ok((await shown(page)) > 0);
  assert.ok((await page.textContent("#detail .where")).includes("</script>"));
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator("img, iframe, object").count(), 0);
  assert.equal(await page.locator("script").count(), 2);
  await page.close();
});

test("other parts, small screens, dark colors and paper", { skip }, async () => {
  const page = await open({ colorScheme: "dark" });
  await shot(page, "dark");
  for (const tab of await page.getByRole("tab").all()) {
    await tab.click();
    assert.ok(await page.locator("main:visible").count());
  }
  await page.close();
  const small = await open({ viewport: { width: 400, height: 800 } });
  await small.click("#list .row >> nth=1");
  assert.ok(await small.isVisible("#detail h2"));
  await small.click("#back");
  assert.ok(!(await small.isVisible("#detail h2")));
  await small.close();
  const paper = await open();
  await shot(paper, "light");
  await paper.fill("#search", "vllm");
  const n = await shown(paper);
  await paper.emulateMedia({ media: "print" });
  await paper.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.equal(await paper.locator("#print article:visible").count(), n);
  assert.ok(!(await paper.isVisible("#list")));
  await paper.close();
});

test("nothing was said on the console and nothing was asked of the network", { skip }, () => {
  assert.deepEqual(logged, []);
});
