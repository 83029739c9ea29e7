/** Pages of webviews. No import of `vscode`. */
import { randomBytes } from "node:crypto";

export interface PictureAssets {
  nonce: string;
  script: string;
  style: string;
}

export function newNonce(): string {
  return randomBytes(18).toString("base64url");
}

/**
 * The page that draws a picture. It may run its own script and use its own styles, and load nothing else.
 * The second style stands for the one that Cytoscape.js would add itself, which the policy forbids.
 */
export function picturePage({ nonce, script, style }: PictureAssets): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link nonce="${nonce}" rel="stylesheet" href="${style}">
<style nonce="${nonce}" id="__________cytoscape_stylesheet">.__________cytoscape_container { position: relative; }</style>
<title>stanchion</title>
</head>
<body>
<header>
  <h1 id="title"></h1>
  <div class="tools" role="toolbar" aria-label="Picture">
    <button id="closer" type="button" title="Closer" aria-label="Closer">+</button>
    <button id="farther" type="button" title="Farther" aria-label="Farther">&minus;</button>
    <button id="fit" type="button" title="Show all of it">Fit</button>
  </div>
</header>
<div id="picture" role="img"></div>
<nav id="nodes" aria-label="Resources"></nav>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
