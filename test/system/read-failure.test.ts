/** A feature list that the system fails to read: another process's memory, mounted in its place, is one. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { startScriptedModel } from "../../src/demo/scripted-model.ts";

const launcher = join(import.meta.dirname, "../../bin/onward.cjs");
const list = '[{"id": "a", "description": "a.txt exists", "passes": false, "verify": "test -f a.txt"}]';
const script = `
set -u
cd "$HOME"
echo "One file, a.txt." > app_spec.txt
"$NODE" "$ONWARD" run . --delay 0s --max-iterations 1; echo "first exit: $?"
cp feature_list.json before
mount --bind /proc/$$/mem feature_list.json
"$NODE" "$ONWARD" run . --delay 0s --max-iterations 1; echo "second exit: $?"
umount feature_list.json
cmp feature_list.json before && echo "untouched"
"$NODE" "$ONWARD" run . --json --delay 0s --max-iterations 1; echo "third exit: $?"
`;

test("is no damage: the run ends with what to do, nothing is restored, and it goes on later", async () => {
  const home = await mkdtemp(join(tmpdir(), "onward-read-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  let calls = 0;
  await using model = await startScriptedModel({
    respond: () =>
      calls++ === 0
        ? { tools: [{ name: "Write", input: { file_path: "feature_list.json", content: list } }] }
        : { text: "done" },
  });
  const { stdout, stderr } = await promisify(execFile)("unshare", ["-rm", "bash", "-c", script], {
    env: {
      PATH: process.env.PATH,
      HOME: home,
      NODE: process.execPath,
      ONWARD: launcher,
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: "scripted",
    },
  });
  expect(stdout, stderr).toContain("first exit: 3");
  expect(stdout, stderr).toContain("second exit: 1");
  expect(stderr).toMatch(/feature_list\.json could not be read \(E[A-Z]+\)[\s\S]*Look at the disk/);
  expect(stdout).toContain("untouched");
  expect(stdout).toContain("third exit: 3");
  expect(stdout).not.toContain('"type":"recovered"');
}, 60_000);
