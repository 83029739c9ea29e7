// Bundles the extension and its webview into dist/; with `test` as argument the tests, into dist/test/.
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const shared = { bundle: true, target: "es2022", legalComments: "none", logLevel: "warning" };

if (process.argv[2] === "test") {
  const entryPoints = readdirSync("test").filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`);
  await build({ ...shared, entryPoints, outdir: "dist/test", platform: "node", format: "esm", outExtension: { ".js": ".mjs" } });
} else {
  rmSync("dist", { recursive: true, force: true });
  await build({
    ...shared,
    entryPoints: ["src/extension.ts"],
    outdir: "dist",
    platform: "node",
    format: "cjs",
    external: ["vscode"],
    minify: true,
  });
  await build({
    ...shared,
    entryPoints: ["src/webview/picture.ts", "src/webview/picture.css"],
    outdir: "dist",
    format: "iife",
    minify: true,
    // The picture lies in another folder, and is bundled with the version that is pinned here.
    alias: { cytoscape: "./node_modules/cytoscape" },
  });
}
