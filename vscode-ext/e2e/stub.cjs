#!/usr/bin/env node
// Stands for `stanchion` where the client is worked on alone: `--version`, and `lsp` with canned answers about walkthrough/sample.
//
//     STANCHION_BIN=e2e/stub.cjs npm run e2e
// It is CommonJS because a packed program has no ending that says what it is.
const { readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const { fileURLToPath, pathToFileURL } = require("node:url");

const VERSION = "0.1.0";
if (process.argv[2] === "--version") {
  console.log(`stanchion ${VERSION}`);
  process.exit(0);
}
if (process.argv[3] === "--help") process.exit(0);

const texts = new Map();
let root;

function send(message) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
  process.stdout.write(`Content-Length: ${body.length}\r\n\r\n`);
  process.stdout.write(body);
}

/** The range of the first group of `pattern` in a file of the workspace, with the text of its line. */
function locate(name, pattern) {
  const uri = pathToFileURL(join(root, name)).href;
  const text = texts.get(uri) ?? "";
  const match = pattern.exec(text);
  if (!match) return null;
  const at = match.indices[1];
  const position = (offset) => {
    const before = text.slice(0, offset).split("\n");
    return { line: before.length - 1, character: before.at(-1).length };
  };
  return { uri, range: { start: position(at[0]), end: position(at[1]) } };
}

const places = () => ({
  acl: locate("storage.tf", /acl +=  *("public-read")/d),
  bucket: locate("storage.tf", /(resource "aws_s3_bucket" "training_data")/d),
  bucketAcl: locate("storage.tf", /(resource "aws_s3_bucket_acl" "training_data")/d),
  deployment: locate("llm.yaml", /(kind: Deployment)/d),
  image: locate("llm.yaml", /(image: vllm\S+)/d),
  service: locate("llm.yaml", /(kind: Service\b)/d),
  balancer: locate("llm.yaml", /(type: LoadBalancer)/d),
  port: locate("llm.yaml", /(port: 80)\b/d),
  account: locate("llm.yaml", /(kind: ServiceAccount)/d),
  volume: locate("llm.yaml", /(kind: PersistentVolumeClaim)/d),
});

function findings() {
  const at = places();
  const all = [
    at.acl && { place: at.acl, rule: "s3-bucket-public-acl", severity: 1, message: "S3 bucket ACL grants access to everyone on the internet: `aws_s3_bucket_acl.training_data` grants `public-read` to everyone", related: [] },
    at.image && at.balancer && {
      place: at.image, rule: "model-server-reachable-without-login", severity: 1,
      message: "Model server is reachable without a login: vLLM answers everybody who comes from the internet (Service `llm` has a public load balancer): neither it nor anything in front of it asks for a login",
      related: [[at.balancer, "1. Service `llm` has a public load balancer"], [at.port, "2. Service `llm` passes port 80 on to port 8000 of `Deployment/ai/llm`"]],
    },
    at.balancer && { place: at.balancer, rule: "load-balancer-open-to-internet", severity: 2, message: "Load balancer accepts the whole internet: `Service/ai/llm` is a load balancer that the whole internet may reach", related: [] },
  ].filter(Boolean);
  return all.filter(({ place, rule }) => {
    const above = (texts.get(place.uri) ?? "").split("\n").slice(Math.max(0, place.range.start.line - 1), place.range.start.line + 1);
    return !above.some((line) => line.includes(`stanchion:allow ${rule}`));
  });
}

function publish() {
  const found = findings();
  for (const uri of texts.keys()) {
    const diagnostics = found.filter(({ place }) => place.uri === uri).map(({ place, rule, severity, message, related }) => ({
      range: place.range, severity, message, source: "stanchion", code: rule,
      codeDescription: { href: `https://stanchion-dev.github.io/stanchion/rules/${rule}.html` },
      relatedInformation: related.map(([location, text]) => ({ location, message: text })),
      data: { fingerprint: rule },
    }));
    send({ method: "textDocument/publishDiagnostics", params: { uri, diagnostics } });
  }
  const counts = { findings: found.length, undecided: 0, files: texts.size, milliseconds: 4 };
  send({ method: "stanchion/status", params: { state: "ready", version: VERSION, ...counts } });
}

function actions({ textDocument: { uri }, range }) {
  const hit = findings().filter(({ place }) => place.uri === uri && place.range.start.line <= range.end.line && place.range.end.line >= range.start.line);
  return hit.flatMap(({ place, rule }) => {
    const line = place.range.start.line;
    const indent = /^ */.exec((texts.get(uri) ?? "").split("\n")[line])[0];
    const edit = (at, newText) => ({ changes: { [uri]: [{ range: at, newText }] } });
    const top = { start: { line, character: 0 }, end: { line, character: 0 } };
    const command = (title, name, argument) => ({ title, kind: "quickfix", command: { title, command: name, arguments: [argument] } });
    return [
      ...(rule === "s3-bucket-public-acl" ? [{ title: "Set `acl` to `private`", kind: "quickfix", edit: edit(place.range, '"private"') }] : []),
      { title: `Allow \`${rule}\` here, with a reason`, kind: "quickfix", edit: edit(top, `${indent}# stanchion:allow ${rule} -- TODO: why this is accepted\n`) },
      command("Show the way that leads there", "stanchion.showPath", { fingerprint: rule }),
      command(`Explain \`${rule}\``, "stanchion.explain", rule),
    ];
  });
}

function picture(params) {
  const at = places();
  const isBucket = params.fingerprint === "s3-bucket-public-acl" || params.textDocument?.uri.endsWith(".tf");
  if (isBucket) {
    const nodes = [
      { id: 0, label: "training_data", kind: "aws_s3_bucket_acl", severity: "critical", role: "focus" },
      { id: 1, label: "training_data", kind: "aws_s3_bucket", role: "near" },
    ];
    const edges = [{ from: 0, to: 1, label: "attaches-to", role: "near" }];
    return { title: "aws_s3_bucket_acl.training_data", picture: { nodes, edges }, places: { 0: at.bucketAcl, 1: at.bucket } };
  }
  const nodes = [
    { id: 0, label: "llm", kind: "Service", severity: "medium", role: "way", steps: [1, 2] },
    { id: 1, label: "llm", kind: "Deployment", severity: "critical", role: "focus", steps: [3] },
    { id: 2, label: "llm", kind: "ServiceAccount", role: "near" },
    { id: 3, label: "models", kind: "PersistentVolumeClaim", role: "near" },
  ];
  const edges = [
    { from: 0, to: 1, label: "3", role: "way" },
    { from: 1, to: 2, label: "runs-as", role: "near" },
    { from: 1, to: 3, label: "mounts", role: "near" },
  ];
  return { title: "Deployment/ai/llm", picture: { nodes, edges }, places: { 0: at.service, 1: at.deployment, 2: at.account, 3: at.volume } };
}

const answers = {
  initialize: ({ workspaceFolders }) => {
    root = fileURLToPath(workspaceFolders[0].uri);
    for (const name of readdirSync(root).filter((one) => /\.(tf|yaml)$/.test(one))) {
      texts.set(pathToFileURL(join(root, name)).href, readFileSync(join(root, name), "utf8"));
    }
    return {
      capabilities: { textDocumentSync: 1, hoverProvider: true, codeActionProvider: true, codeLensProvider: {} },
      serverInfo: { name: "stub", version: VERSION },
    };
  },
  "textDocument/hover": ({ textDocument: { uri }, position }) => {
    const hit = findings().find(({ place }) => place.uri === uri && place.range.start.line === position.line);
    return hit ? { contents: { kind: "markdown", value: `**${hit.rule}** (critical)\n\nAnyone on the internet can list the bucket and download its objects without signing in.` } } : null;
  },
  "textDocument/codeAction": actions,
  "textDocument/codeLens": ({ textDocument: { uri } }) => {
    const at = places().deployment;
    if (at?.uri !== uri) return [];
    const command = { title: "reachable from the internet: 2 hops", command: "stanchion.showPath", arguments: [{ fingerprint: "model-server-reachable-without-login" }] };
    return [{ range: at.range, command }];
  },
  "stanchion/picture": picture,
  "stanchion/explain": ({ rule }) => ({ title: rule, markdown: `# S3 bucket ACL grants access to everyone on the internet\n\n\`${rule}\`\n\nAnyone can list the bucket.` }),
  "stanchion/report": () => ({ html: "<!doctype html><title>stanchion</title><h1 class=\"brand\">stanchion</h1><div id=\"list\"><div class=\"row\">s3-bucket-public-acl</div></div>" }),
  shutdown: () => null,
};

const notices = {
  initialized: publish,
  exit: () => process.exit(0),
  "textDocument/didOpen": ({ textDocument: { uri, text } }) => (texts.set(uri, text), publish()),
  "textDocument/didChange": ({ textDocument: { uri }, contentChanges }) => (texts.set(uri, contentChanges.at(-1).text), publish()),
};

let buffer = Buffer.alloc(0);
process.stdin.on("end", () => process.exit(0));
process.stdin.on("data", (chunk) => {
  buffer = Buffer.concat([buffer, chunk]);
  for (;;) {
    const end = buffer.indexOf("\r\n\r\n");
    const length = Number(/content-length: *(\d+)/i.exec(buffer.subarray(0, Math.max(end, 0)))?.[1]);
    if (end < 0 || buffer.length < end + 4 + length) return;
    const { id, method, params } = JSON.parse(buffer.subarray(end + 4, end + 4 + length));
    buffer = buffer.subarray(end + 4 + length);
    if (id === undefined) notices[method]?.(params);
    else if (method in answers) send({ id, result: answers[method](params) });
    else if (method) send({ id, error: { code: -32601, message: `no method ${method}` } });
  }
});
