/** A real file system that is full: a small tmpfs in a mount namespace of its own. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startScriptedModel } from "../../src/demo/scripted-model.ts";

const launcher = join(import.meta.dirname, "../../bin/onward.cjs");
let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "onward-full-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const list = '[{"id": "a", "description": "a.txt exists", "passes": false, "verify": "test -f a.txt"}]';
const script = `
set -u
mkdir -p "$HOME/project" && mount -t tmpfs -o size=4m tmpfs "$HOME/project"
cd "$HOME/project"
echo "One file, a.txt." > app_spec.txt
"$NODE" "$ONWARD" run . --delay 0s --max-iterations 3; echo "first exit: $?"
cat feature_list.json; echo
"$NODE" "$ONWARD" status .; echo "status exit: $?"
rm -f fill
touch a.txt
"$NODE" "$ONWARD" run . --delay 0s --max-iterations 3; echo "second exit: $?"
`;

test("a full disk ends the run with a clear error; journal and list are intact, and with room it goes on", async () => {
  let calls = 0;
  await using model = await startScriptedModel({
    respond: () => {
      calls += 1;
      if (calls === 1)
        return { tools: [{ name: "Write", input: { file_path: "feature_list.json", content: list } }] };
      if (calls === 2)
        return { tools: [{ name: "Bash", input: { command: "head -c 9000000 /dev/zero > fill" } }] };
      if (calls === 4) return { tools: [{ name: "Read", input: { file_path: "feature_list.json" } }] };
      if (calls === 5) {
        const edit = {
          file_path: "feature_list.json",
          old_string: '"passes": false',
          new_string: '"passes": true',
        };
        return { tools: [{ name: "Edit", input: edit }] };
      }
      return { text: "done" };
    },
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
  expect(stdout).toContain("first exit: 1");
  expect(stderr).toMatch(/No space|full/i);
  expect(stderr).not.toMatch(/\n {4}at /);
  expect(stdout).toContain(list);
  expect(stdout).toContain("status exit: 0");
  expect(stdout, stderr).toContain("second exit: 0");
}, 60_000);
