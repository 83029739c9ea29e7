// Packs the extension, for one platform with the program in it:
//
//     npm run package -- --target linux-x64 --binary ../target/release/stanchion
//
// Without --target the package has no program, and uses the one on PATH. `--list` tells the targets, each with the Rust
// target of its program.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** What the marketplace calls a platform, and the Rust target that runs there. */
const TARGETS = {
  "linux-x64": "x86_64-unknown-linux-musl",
  "linux-arm64": "aarch64-unknown-linux-musl",
  "alpine-x64": "x86_64-unknown-linux-musl",
  "alpine-arm64": "aarch64-unknown-linux-musl",
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
  "win32-x64": "x86_64-pc-windows-msvc",
};

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: { target: { type: "string" }, binary: { type: "string" }, out: { type: "string" }, list: { type: "boolean" } },
});
const { target } = values;
if (values.list) {
  for (const pair of Object.entries(TARGETS)) console.log(pair.join(" "));
  process.exit(0);
}
if (target !== undefined && !(target in TARGETS)) {
  console.error(`no such target: ${target}; there are ${Object.keys(TARGETS).join(", ")}`);
  process.exit(2);
}

const bundled = resolve(here, "bundled");
rmSync(bundled, { recursive: true, force: true });
if (target !== undefined) {
  const end = target.startsWith("win32") ? ".exe" : "";
  const program = resolve(bundled, "bin", `stanchion${end}`);
  mkdirSync(dirname(program), { recursive: true });
  copyFileSync(resolve(values.binary ?? resolve(here, `../target/release/stanchion${end}`)), program);
  chmodSync(program, 0o755);
}
const out = resolve(values.out ?? resolve(here, target ? `stanchion-${target}.vsix` : "stanchion.vsix"));
const vsce = resolve(here, "node_modules/@vscode/vsce/vsce");
const base = "https://github.com/stanchion-dev/stanchion";
const links = ["--baseContentUrl", `${base}/blob/main/vscode-ext`, "--baseImagesUrl", `${base}/raw/main/vscode-ext`];
const args = ["package", "--no-dependencies", ...links, ...(target ? ["--target", target] : []), "--out", out];
process.exit(spawnSync(process.execPath, [vsce, ...args], { cwd: here, stdio: "inherit" }).status ?? 1);
