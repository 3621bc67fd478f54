import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "../src/cli.js";

const program = fileURLToPath(new URL("../bin/habit.js", import.meta.url));
const unexpected = (text) => assert.fail(`unexpected output: ${text}`);

test("an unknown command is one line on stderr and exit code 1", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "juggle"], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.equal(stdout, "");
  assert.equal(stderr, 'habit: there is no command "juggle"; see habit --help\n');
});

test("without a command it shows what it can do", () => {
  let shown = "";
  const print = (text) => {
    shown = text;
  };
  assert.equal(run([], { print, warn: unexpected }), 0);
  assert.match(shown, /one day at a time/);
});

test("an unknown option is refused, and named", () => {
  let said = "";
  const warn = (text) => {
    said = text;
  };
  assert.equal(run(["--loud"], { print: unexpected, warn }), 1);
  assert.match(said, /^habit: .*--loud/);
});
