// Puts a real VS Code workbench into a folder: code-server from npm, which serves it to a browser. Once; then it is there.
// Its server starts only with one native module built; the others, and what their install scripts download, are not needed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const VERSION = "4.100.3";
/** What the one native module is built with. */
export const BUILD_TOOLS = ["npm", "make", "g++", "python3"];

/** The folder of the installed package. */
export function install(folder) {
  const server = join(folder, "node_modules/code-server");
  const stamp = join(folder, `installed-${VERSION}`);
  if (existsSync(stamp)) return server;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"private":true}');
  npm(folder, "install", "--ignore-scripts", "--no-save", "--no-package-lock", `code-server@${VERSION}`);
  npm(folder, "rebuild", "argon2");
  // What the package's own install script does: the workbench's dependencies, as its shrinkwrap pins them.
  const workbench = join(server, "lib/vscode");
  for (const place of [workbench, join(workbench, "extensions")]) npm(place, "install", "--ignore-scripts", "--omit=dev");
  symlinkSync("node_modules", join(workbench, "node_modules.asar"));
  writeFileSync(stamp, "");
  return server;
}

function npm(cwd, ...args) {
  const run = spawnSync("npm", [...args, "--no-audit", "--no-fund"], { cwd, encoding: "utf8", timeout: 240_000 });
  if (run.status !== 0) throw new Error(`npm ${args.join(" ")} in ${cwd}:\n${run.stdout}${run.stderr}`.slice(-4000));
}
