import { describe, expect, it } from "vitest";
import { isAlive, parsePs, processTable, runPs } from "../../src/processes/table.ts";
import { endTree } from "../../src/processes/tree.ts";
import { newMarker, startShell } from "./shell.ts";

describe("the two ways to read the process table", () => {
  it("tell the same of a marked process, its group and its parent", async () => {
    const marker = newMarker();
    const { pid, printed } = await startShell("sh -c 'echo $$; exec sleep 60' & wait", 1, { marker });
    const [child] = printed;
    const tables = [processTable(marker), parsePs(runPs(), marker)];
    for (const table of tables) {
      expect(table.filter((entry) => entry.marked).map((entry) => entry.pid)).toEqual([pid, child]);
      expect(table.find((entry) => entry.pid === child)).toMatchObject({ parent: pid, group: pid });
      expect(table.find((entry) => entry.pid === process.pid)).toMatchObject({ marked: false });
    }
    await endTree({ pid, marker });
  });

  it("give the same name to the same process at every reading", () => {
    const read = () => parsePs(runPs(process.pid), "")[0]?.started;
    expect(read()).toBeTruthy();
    expect(read()).toBe(read());
    expect(parsePs(runPs(2 ** 22 + 1), "")).toEqual([]);
  });

  it("know a process from a later one under the same number", () => {
    const self = processTable("").find((entry) => entry.pid === process.pid);
    if (self === undefined) throw new Error("not in the table");
    expect(isAlive(self)).toBe(true);
    expect(isAlive({ ...self, started: "1" })).toBe(false);
  });
});
