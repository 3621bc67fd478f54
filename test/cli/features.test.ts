import { afterEach, beforeEach, expect, it } from "vitest";
import { columnsOf } from "../../src/cli/text/columns.ts";
import { onward } from "./onward.ts";
import { type MadeProject, makeProject } from "./project.ts";

let project: MadeProject;
beforeEach(async () => {
  project = await makeProject();
});
afterEach(() => project[Symbol.asyncDispose]());

it("shows enough of a description beside a long id, on two lines of the screen", async () => {
  const id = "an-id-that-somebody-made-far-too-long";
  const description = "The export writes every mark of every habit as one line of CSV, oldest first.";
  await project.list([{ id, description, steps: [], passes: false }]);
  {
    await using history = await project.history();
    await history.session({ passed: [id], author: "agent" });
  }
  const { stdout } = await onward(["features", project.dir]);
  expect(stdout).toBe(`uncategorized
  ✓ an-id-that-somebody-made-fa…  The export writes every mark of every habit as
                                  one line of CSV, oldest first.
                                  by the agent's own check
`);
});

it("keeps columns below each other in any script, here and in status", async () => {
  await project.list([
    ...[{ id: "表示", category: "画面", description: "一覧を表示する", steps: [], passes: false }],
    ...[{ id: "export", category: "files", description: "Writes a file", steps: [], passes: false }],
  ]);
  const list = (await onward(["features", project.dir])).stdout;
  expect(list).toContain("  · 表示    一覧を表示する\n");
  expect(list).toContain("  · export  Writes a file\n");
  const bars = (await onward(["status", project.dir])).stdout
    .split("\n")
    .filter((line) => line.endsWith("0/1"));
  expect(bars.map((line) => columnsOf(line.slice(0, line.indexOf("░"))))).toEqual([9, 9]);
});
