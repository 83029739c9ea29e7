/** Which program is the server: the one of the settings, the bundled one, or the first on PATH. No import of `vscode`. */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";

export interface Surroundings {
  /** The setting `stanchion.path`; empty if nothing is set. */
  setting: string;
  extensionFolder: string;
  /** What relative settings are relative to. */
  workspaceFolder: string | undefined;
  /** The variable PATH. */
  path: string;
  platform: NodeJS.Platform;
}

export type Source = "setting" | "bundled" | "PATH";

export type Search =
  | { kind: "found"; program: string; version: string; source: Source }
  | { kind: "missing"; message: string }
  | { kind: "unusable"; program: string; message: string };

export async function find(around: Surroundings): Promise<Search> {
  for (const [program, source] of candidates(around)) {
    if (await isProgram(program)) return examine(program, source);
    if (source === "setting") {
      return { kind: "missing", message: `There is no program at ${program}, which the setting stanchion.path names.` };
    }
  }
  return { kind: "missing", message: "The program stanchion was not found: it does not come with this build of the extension, and is not on PATH." };
}

/** In the order in which they are tried. Relative folders of PATH are left out: what lies there is the workspace's choice. */
export function candidates(around: Surroundings): [program: string, source: Source][] {
  if (around.setting !== "") return [[expand(around.setting, around.workspaceFolder), "setting"]];
  const name = around.platform === "win32" ? "stanchion.exe" : "stanchion";
  const folders = around.path.split(delimiter).filter((folder) => isAbsolute(folder));
  return [
    [join(around.extensionFolder, "bundled", "bin", name), "bundled"],
    ...folders.map((folder): [string, Source] => [join(folder, name), "PATH"]),
  ];
}

export function expand(setting: string, workspaceFolder: string | undefined): string {
  const text = setting.replaceAll("${workspaceFolder}", workspaceFolder ?? "").replace(/^~(?=[/\\])/, homedir());
  return isAbsolute(text) || workspaceFolder === undefined ? text : resolve(workspaceFolder, text);
}

/** The version that `stanchion --version` tells, `undefined` if another program speaks. */
export function parseVersion(told: string): string | undefined {
  return /^stanchion (\d+\.\d+\.\d+\S*)/.exec(told)?.[1];
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function examine(program: string, source: Source): Promise<Search> {
  const told = await run(program, ["--version"]);
  if (typeof told !== "string") return { kind: "unusable", program, message: `${program} does not run: ${told.message}` };
  const version = parseVersion(told);
  if (version === undefined) return { kind: "unusable", program, message: `${program} is not stanchion.` };
  // Asked before it is started as one: a server that ends at once is started again and again.
  if (typeof (await run(program, ["lsp", "--help"])) !== "string") {
    return { kind: "unusable", program, message: `${program} is too old: version ${version} has no language server.` };
  }
  return { kind: "found", program, version, source };
}

function run(program: string, args: string[]): Promise<string | Error> {
  return new Promise((done) => {
    execFile(program, args, { timeout: 10_000 }, (error, stdout) => {
      done(error ?? stdout);
    });
  });
}
