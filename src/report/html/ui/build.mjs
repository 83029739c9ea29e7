// Makes `page.js` of the sources here and of Cytoscape.js, whose licence stays at its head.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const licence = readFileSync(new URL("node_modules/cytoscape/LICENSE", import.meta.url), "utf8");
const { version } = JSON.parse(readFileSync(new URL("node_modules/cytoscape/package.json", import.meta.url), "utf8"));

await build({
  entryPoints: ["page.ts"],
  outfile: "../page.js",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  banner: { js: `/*! Holds Cytoscape.js ${version}.\n\n${licence.trim()}\n*/` },
});
