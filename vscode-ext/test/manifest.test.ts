import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { serverSettings } from "../src/settings";

interface Manifest {
  version: string;
  icon: string;
  devDependencies: Record<string, string>;
  dependencies?: Record<string, string>;
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
  contributes: {
    languages?: unknown;
    grammars?: unknown;
    commands: { command: string }[];
    configuration: { properties: Record<string, { default: unknown; scope: string; markdownDescription: string }> };
    walkthroughs: { steps: { description: string; media: { image?: string; markdown?: string } }[] }[];
  };
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const { commands, configuration, walkthroughs } = manifest.contributes;
const source = (name: string) => readFileSync(name, "utf8");

test("each setting of the server is declared with the default that the code has", () => {
  const defaults = serverSettings({ get: (_name, otherwise) => otherwise });
  const declared = Object.entries(configuration.properties).filter(([name]) => !["stanchion.path", "stanchion.trace.server"].includes(name));
  assert.deepEqual(
    Object.fromEntries(declared.map(([name, property]) => [name.replace("stanchion.", ""), property.default])),
    { ...defaults, config: "" },
  );
  for (const [name, property] of Object.entries(configuration.properties)) {
    assert.ok(property.markdownDescription && property.scope, name);
  }
});

test("the settings that name a program or a file need the workspace's trust", () => {
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, "limited");
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, ["stanchion.path", "stanchion.config"]);
});

test("the commands that are declared are those that are registered", () => {
  const registered = [...source("src/commands.ts").matchAll(/^ {4}"(stanchion\.\w+)": /gm)].map((match) => match[1]);
  assert.deepEqual(registered.sort(), commands.map(({ command }) => command).sort());
});

test("no language and no grammar is contributed", () => {
  assert.equal(manifest.contributes.languages, undefined);
  assert.equal(manifest.contributes.grammars, undefined);
});

test("what the walkthrough shows and runs is there", () => {
  for (const { description, media } of walkthroughs.flatMap(({ steps }) => steps)) {
    assert.ok(existsSync(media.image ?? media.markdown ?? ""), media.image ?? media.markdown);
    for (const [, command] of description.matchAll(/\(command:(stanchion\.\w+)\)/g)) {
      assert.ok(commands.some((one) => one.command === command), command);
    }
  }
  assert.ok(existsSync(manifest.icon));
});

test("versions are those of the program and of the report's page", () => {
  assert.equal(/^version = "(.+)"$/m.exec(source("../Cargo.toml"))?.[1], manifest.version);
  const page = JSON.parse(source("../src/report/html/ui/package.json")) as Manifest;
  assert.equal(manifest.devDependencies["cytoscape"], page.dependencies?.["cytoscape"]);
});
