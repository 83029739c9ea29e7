import assert from "node:assert/strict";
import { matchesGlob } from "node:path";
import { test } from "node:test";
import { isExcluded, SELECTOR } from "../src/documents";
import { newNonce, picturePage } from "../src/markup";
import { pictureParams } from "../src/protocol";
import { serverSettings, type Configuration } from "../src/settings";

function configuration(made: Record<string, unknown>): Configuration {
  return { get: <T>(name: string, otherwise: T) => (name in made ? (made[name] as T) : otherwise) };
}

test("settings that nobody made are the contract's defaults", () => {
  assert.deepEqual(serverSettings(configuration({})), {
    persona: "default",
    select: [],
    ignore: [],
    varFiles: [],
    config: null,
    inlayHints: false,
    codeLens: true,
    suspicions: true,
  });
});

test("what is set is told, and nothing that the server does not know", () => {
  const made = { persona: "pedantic", select: ["s3-*"], config: "ci/stanchion.toml", codeLens: false, path: "/bin/sh" };
  const told = serverSettings(configuration(made));
  assert.equal(told.persona, "pedantic");
  assert.deepEqual(told.select, ["s3-*"]);
  assert.equal(told.config, "ci/stanchion.toml");
  assert.equal(told.codeLens, false);
  assert.equal("path" in told, false);
  assert.equal(serverSettings(configuration({ persona: "auditor" })).persona, "default");
});

test("documents are ours by name; of JSON only plain JSON", () => {
  const isOurs = (path: string, languageId: string) =>
    SELECTOR.some(({ pattern, language }) => matchesGlob(path, pattern) && (language === undefined || language === languageId));
  for (const path of ["main.tf", "a/b.tofu", "x.tf.json", "prod.tfvars", "prod.auto.tfvars.json", "k8s/llm.yaml", "k8s/llm.yml"]) {
    assert.ok(isOurs(path, "plaintext"), path);
  }
  assert.ok(isOurs("k8s/llm.json", "json"));
  assert.ok(!isOurs(".vscode/settings.json", "jsonc"));
  assert.ok(!isOurs("README.md", "markdown"));
});

test("compose files are left to others", () => {
  assert.ok(isExcluded("dockercompose"));
  assert.ok(!isExcluded("yaml"));
});

test("a path is asked for by a finding or by a place", () => {
  assert.deepEqual(pictureParams({ fingerprint: "abc" }), { fingerprint: "abc" });
  const position = { line: 3, character: 1 };
  assert.deepEqual(pictureParams({ uri: "file:///a.tf", position }), { textDocument: { uri: "file:///a.tf" }, position });
});

test("the page of a picture runs its own script alone, under a nonce of its own", () => {
  const nonce = newNonce();
  assert.notEqual(nonce, newNonce());
  const page = picturePage({ nonce, script: "x:/picture.js", style: "x:/picture.css" });
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1];
  assert.equal(policy, `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`);
  const loading = page.match(/<(script|style|link)\b[^>]*>/g) ?? [];
  assert.equal(loading.length, 3);
  assert.ok(loading.every((tag) => tag.includes(`nonce="${nonce}"`)));
  assert.doesNotMatch(page, / (on\w+|style)=/);
});
