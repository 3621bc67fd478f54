/** The unit of docs/guide/overnight.md against the process that it would run: signals, times and exit statuses. */
import { access, constants, readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { busy, stage } from "./onward.ts";

vi.setConfig({ testTimeout: 60_000 });

let unit: ReadonlyMap<string, string> = new Map();
beforeAll(async () => {
  const text = await readFile(join(import.meta.dirname, "../../docs/guide/overnight.md"), "utf8");
  const block = /```ini\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  unit = new Map([...block.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = "", value = ""]) => [key, value]));
});

const statuses = (key: string) => (unit.get(key) ?? "").split(" ").map(Number);
const command = () => (unit.get("ExecStart") ?? "").split(" ");
const args = () => command().slice(2);

test("the unit's stop signal ends a busy run within its time, with a status that counts as success", async () => {
  const project = await stage({ respond: () => busy });
  const run = project.onward(...args(), "--dir", project.dir);
  await run.waitFor(({ type, name }) => type === "tool" && name === "Bash");
  const asked = Date.now();
  run.process.kill((unit.get("KillSignal") ?? "SIGTERM") as NodeJS.Signals);
  expect(statuses("SuccessExitStatus")).toContain(await run.exit);
  expect(Date.now() - asked).toBeLessThan(Number(unit.get("TimeoutStopSec")) * 1000);
});

test("the unit is one that systemd takes: what it starts is there, and started for as long as it runs", async () => {
  const [program = "", name] = command();
  expect(isAbsolute(program)).toBe(true);
  await access(program, constants.X_OK);
  expect([name, unit.get("Type")]).toEqual(["onward", "exec"]);
});

test("a kill is a failure that is restarted, and the restart goes on with the run", async () => {
  const project = await stage({ respond: () => busy });
  const run = project.onward(...args(), "--dir", project.dir);
  await run.waitFor(({ type, name }) => type === "tool" && name === "Bash");
  run.process.kill("SIGKILL");
  expect(await run.exit).toBe("SIGKILL");
  expect(unit.get("Restart")).toBe("on-failure");
  for (const key of ["SuccessExitStatus", "RestartPreventExitStatus"])
    expect(unit.get(key)).not.toMatch(/SIGKILL|137|\b9\b/);
  const again = project.onward(...args(), "--dir", project.dir);
  expect(await again.waitFor(({ type }) => type === "run.started")).toMatchObject({ resumed: true });
  expect(await again.waitFor(({ type }) => type === "recovered")).toMatchObject({ number: 1 });
  again.process.kill("SIGKILL");
});

test("what only a person can mend is not restarted", async () => {
  const project = await stage({ respond: () => ({ error: { status: 401, message: "invalid" } }) });
  const blocked = project.onward(...args(), "--dir", project.dir);
  expect(statuses("RestartPreventExitStatus")).toContain(await blocked.exit);
  const wrong = project.onward("run", "--nosuch");
  expect(statuses("RestartPreventExitStatus")).toContain(await wrong.exit);
});

test("SIGHUP of a closed terminal stops gracefully too", async () => {
  const project = await stage({ respond: () => busy });
  const run = project.onward(...args(), "--dir", project.dir);
  await run.waitFor(({ type, name }) => type === "tool" && name === "Bash");
  run.process.kill("SIGHUP");
  expect(await run.exit).toBe(129);
  expect(run.events.at(-1)).toMatchObject({ type: "run.ended", reason: "interrupted" });
});
