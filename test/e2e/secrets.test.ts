/** A planted key that the agent prints in every way it has: it must be in no file and no output of Onward's. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { stage } from "./onward.ts";

vi.setConfig({ testTimeout: 60_000 });

const canary = "canary-7f3a9c51d2e84b60";

test("a secret of the environment is in no file that Onward writes, and in nothing that it prints", async () => {
  let round = 0;
  const project = await stage(
    {
      respond() {
        round += 1;
        const leak =
          "node -e \"console.log(process.env.ANTHROPIC_API_KEY, Buffer.from(process.env.ANTHROPIC_API_KEY).toString('base64'))\"";
        if (round === 1)
          return { text: `the key is ${canary}`, tools: [{ name: "Bash", input: { command: leak } }] };
        if (round === 2) return { tools: [{ name: "Bash", input: { command: `rm -rf /etc/${canary}` } }] };
        return { text: `done with ${canary}` };
      },
    },
    { ANTHROPIC_API_KEY: canary },
  );
  const run = project.onward("run", project.dir, "--delay", "0s", "--json", "--max-iterations", "1");
  await run.exit;
  const files = await readdir(join(project.dir, ".onward"), { recursive: true, withFileTypes: true });
  const leaks: string[] = [];
  for (const file of files.filter((entry) => entry.isFile())) {
    const text = await readFile(join(file.parentPath, file.name), "latin1");
    if (text.includes(canary) || text.includes(Buffer.from(canary).toString("base64"))) leaks.push(file.name);
  }
  expect(leaks).toEqual([]);
  expect(JSON.stringify(run.events) + run.stderr()).not.toContain(canary);
  expect(JSON.stringify(run.events)).toContain("[redacted]");
});
