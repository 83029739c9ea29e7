// Bundles the extension and its webview into dist/, with the licenses of what they hold; with the argument `test` the
// tests, into dist/test/.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const shared = { bundle: true, target: "es2022", legalComments: "none", logLevel: "warning", metafile: true };

async function bundleTests() {
  const entryPoints = readdirSync("test").filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`);
  await build({ ...shared, entryPoints, outdir: "dist/test", platform: "node", format: "esm", outExtension: { ".js": ".mjs" } });
}

async function bundleExtension() {
  rmSync("dist", { recursive: true, force: true });
  const host = await build({
    ...shared,
    entryPoints: ["src/extension.ts"],
    outdir: "dist",
    platform: "node",
    format: "cjs",
    external: ["vscode"],
    minify: true,
  });
  const webview = await build({
    ...shared,
    entryPoints: ["src/webview/picture.ts", "src/webview/picture.css"],
    outdir: "dist",
    format: "iife",
    minify: true,
    // The picture lies in another folder, and is bundled with the version that is pinned here.
    alias: { cytoscape: "./node_modules/cytoscape" },
  });
  const files = [host, webview].flatMap(({ metafile }) => Object.keys(metafile.inputs));
  writeFileSync("dist/THIRD-PARTY.txt", licenses(new Set(files.flatMap((file) => file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/) ?? []))));
}

/** What the bundled packages ask to be said of them. */
function licenses(folders) {
  const told = [...folders].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    const file = readdirSync(folder).find((one) => /^licen[sc]e/i.test(one));
    if (!file) throw new Error(`${folder} has no license`);
    return `${name} ${version}\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}\n`;
  });
  return told.join(`\n${"-".repeat(80)}\n\n`);
}

await (process.argv[2] === "test" ? bundleTests() : bundleExtension());
