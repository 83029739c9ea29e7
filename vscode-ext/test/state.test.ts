import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerStatus } from "../src/protocol";
import { appearance, stateOf } from "../src/state";

const status: ServerStatus = { state: "ready", version: "0.1.0", findings: 1, undecided: 2, files: 1200, milliseconds: 40 };

test("a ready server tells its version and counts", () => {
  const { text, tooltip, look } = appearance(stateOf(status));
  assert.equal(text, "$(shield) stanchion 0.1.0: 1 finding");
  assert.match(tooltip, /1 finding in 1,200 files/);
  assert.match(tooltip, /2 checks undecided/);
  assert.match(tooltip, /40 ms/);
  assert.equal(look, "plain");
});

test("nothing found and nothing undecided is said plainly", () => {
  const { text, tooltip } = appearance(stateOf({ ...status, findings: 0, undecided: 0 }));
  assert.equal(text, "$(shield) stanchion 0.1.0: no findings");
  assert.doesNotMatch(tooltip, /undecided/);
});

test("an analysis shows that it is running", () => {
  assert.equal(appearance(stateOf({ ...status, state: "analyzing" })).text, "$(sync~spin) stanchion 0.1.0");
});

test("a failure stands out and tells its reason", () => {
  const failed = appearance(stateOf({ ...status, state: "failed", message: "stanchion.toml, line 3: no such key" }));
  assert.deepEqual(failed, { text: "$(error) stanchion", tooltip: "stanchion.toml, line 3: no such key", look: "error" });
  assert.equal(appearance(stateOf({ ...status, state: "failed" })).tooltip, "The analysis failed.");
  assert.equal(appearance({ kind: "missing", message: "no program" }).look, "warning");
});
