import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { candidates, expand, find, parseVersion, type Surroundings } from "../src/binary";

const folder = mkdtempSync(join(tmpdir(), "stanchion-binary-"));
after(() => {
  rmSync(folder, { recursive: true });
});
const skip = process.platform === "win32" ? "the programs of these tests are shell scripts" : false;

/** A program that says `told` to whatever it is asked, and ends with `code`; with `lspCode` if it is asked for a server. */
function program(place: string, told: string, code = 0, lspCode = code): string {
  const path = join(folder, place, "stanchion");
  mkdirSync(join(folder, place), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho '${told}'\n[ "$1" = lsp ] && exit ${String(lspCode)}\nexit ${String(code)}\n`);
  chmodSync(path, 0o755);
  return path;
}

function around(some: Partial<Surroundings> = {}): Surroundings {
  return { setting: "", extensionFolder: join(folder, "none"), workspaceFolder: folder, path: "", platform: "linux", ...some };
}

test("the setting wins over the bundled program, and that over PATH", { skip }, async () => {
  const set = program("set", "stanchion 0.3.0");
  const bundled = program("ext/bundled/bin", "stanchion 0.2.0");
  const onPath = program("path", "stanchion 0.1.0");
  const all = around({ setting: set, extensionFolder: join(folder, "ext"), path: join(folder, "path") });
  assert.deepEqual(await find(all), { kind: "found", program: set, version: "0.3.0", source: "setting" });
  assert.deepEqual(await find({ ...all, setting: "" }), { kind: "found", program: bundled, version: "0.2.0", source: "bundled" });
  const none = around({ path: join(folder, "path") });
  assert.deepEqual(await find(none), { kind: "found", program: onPath, version: "0.1.0", source: "PATH" });
});

test("a setting that names nothing is said, and nothing else is taken instead", { skip }, async () => {
  program("path", "stanchion 0.1.0");
  const search = await find(around({ setting: "/no/such/stanchion", path: join(folder, "path") }));
  assert.deepEqual(search, {
    kind: "missing",
    message: "There is no program at /no/such/stanchion, which the setting stanchion.path names.",
  });
});

test("a folder and a file that may not be run are no programs", { skip }, async () => {
  mkdirSync(join(folder, "a", "stanchion"), { recursive: true });
  mkdirSync(join(folder, "b"));
  writeFileSync(join(folder, "b", "stanchion"), "text");
  const good = program("c", "stanchion 0.1.0");
  const path = ["a", "b", "c"].map((name) => join(folder, name)).join(delimiter);
  const search = await find(around({ path }));
  assert.equal(search.kind === "found" && search.program, good);
});

test("another program, an old one and one that fails are named, with what is wrong", { skip }, async () => {
  const wrong = async (place: string, told: string, code = 0, lspCode = code) => {
    const search = await find(around({ setting: program(place, told, code, lspCode) }));
    return search.kind === "unusable" ? search.message : `nothing wrong: ${search.kind}`;
  };
  assert.match(await wrong("other", "terraform 1.9.0"), /is not stanchion/);
  assert.match(await wrong("old", "stanchion 0.1.0", 0, 2), /is too old: version 0\.1\.0 has no language server/);
  assert.match(await wrong("broken", "", 3), /does not run/);
});

test("relative folders of PATH are not looked into: they are the workspace's", () => {
  const path = [".", "", "node_modules/.bin", "/usr/bin"].join(delimiter);
  const looked = candidates(around({ path, extensionFolder: "/ext" })).map(([program]) => program);
  assert.deepEqual(looked, ["/ext/bundled/bin/stanchion", "/usr/bin/stanchion"]);
  const onWindows = candidates(around({ path, extensionFolder: "/ext", platform: "win32" })).map(([program]) => program);
  assert.deepEqual(onWindows, ["/ext/bundled/bin/stanchion.exe", "/usr/bin/stanchion.exe"]);
});

test("a setting may begin at home or in the workspace", () => {
  assert.equal(expand("~/bin/stanchion", "/w"), join(homedir(), "bin/stanchion"));
  assert.equal(expand("${workspaceFolder}/bin/stanchion", "/w"), "/w/bin/stanchion");
  assert.equal(expand("target/debug/stanchion", "/w"), "/w/target/debug/stanchion");
  assert.equal(expand("/opt/~/stanchion", "/w"), "/opt/~/stanchion");
});

test("a version is told by stanchion alone", () => {
  assert.equal(parseVersion("stanchion 0.12.3-rc.1 (abc)\n"), "0.12.3-rc.1");
  assert.equal(parseVersion("my-stanchion 1.0.0"), undefined);
});
