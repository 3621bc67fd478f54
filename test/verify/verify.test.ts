import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Feature } from "../../src/core/features.ts";
import { decidingCommand, featureIdVariable, gateCommand, shellLine } from "../../src/verify/deciding.ts";
import { finalPass, type VerifyOptions, verifyClaims } from "../../src/verify/verify.ts";
import { newMarker } from "../processes/shell.ts";

const feature = (id: string, verify: Feature["verify"] = null): Feature => ({
  id,
  description: `what ${id} does`,
  steps: [],
  passes: true,
  category: null,
  priority: null,
  dependsOn: [],
  verify,
});

function options(over: Partial<VerifyOptions> = {}): VerifyOptions {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "onward-verify-")));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return {
    dir,
    projectCommand: null,
    timeoutMs: 30_000,
    env: { PATH: process.env.PATH },
    marker: newMarker(),
    signal: new AbortController().signal,
    mayRun: () => ({ allow: true, rule: "test" }),
    ...over,
  };
}

describe("what decides a claim (F2)", () => {
  it("is the feature's own command, else the project's where it names the feature, else nothing", () => {
    expect(decidingCommand(feature("a", "npm test"), "make {id}")).toMatchObject({
      command: "npm test",
      author: "agent",
    });
    expect(decidingCommand(feature("a"), "make {id}")).toMatchObject({
      command: "make a",
      author: "person",
    });
    expect(decidingCommand(feature("a"), ["make", "t-{id}"])).toMatchObject({ command: ["make", "t-a"] });
    expect(decidingCommand(feature("a"), "make test")).toBeNull();
    expect(decidingCommand(feature("a"), null)).toBeNull();
  });

  it("leaves the gate to the project's command without {id}", () => {
    expect(gateCommand("make test")).toBe("make test");
    expect(gateCommand("make {id}")).toBeNull();
    expect(gateCommand(null)).toBeNull();
  });

  it("fills in any id so that no shell ever parses it, whatever quotes surround it", () => {
    const { dir } = options();
    const parts = [
      "$(touch ran)",
      "`touch ran`",
      ";touch ran;",
      "&touch ran#",
      "'",
      '"',
      "\\",
      "\n",
      "${ran",
      "*",
      " ",
      "a",
    ];
    const ids = fc.string({ unit: fc.constantFrom(...parts), minLength: 1, maxLength: 6 });
    const bare = "printf %s {id}";
    const lines = [
      bare,
      'printf %s "{id}"',
      "printf %s '{id}'",
      'printf %s "$(printf %s "{id}")"',
      "printf %s $(echo {id})",
    ];
    fc.assert(
      fc.property(ids, fc.constantFrom(...lines), (id, line) => {
        const command = decidingCommand(feature(id), line)?.command;
        const env = { PATH: process.env.PATH, [featureIdVariable]: id };
        const printed = execFileSync("/bin/sh", ["-c", String(command)], { env, cwd: dir, encoding: "utf8" });
        if (line === bare) expect(printed).toBe(id);
        expect(existsSync(join(dir, "ran"))).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});

describe("verifyClaims", () => {
  it("tells for each feature that something decides whether it holds", async () => {
    const own = options();
    const list = [
      feature("good", "test -d . && echo fine"),
      feature("bad", "echo broken; exit 2"),
      feature("open"),
    ];
    expect(await verifyClaims(list, own)).toEqual([
      {
        featureId: "good",
        command: "test -d . && echo fine",
        author: "agent",
        ok: true,
        exitCode: 0,
        durationMs: expect.any(Number),
        outputTail: "fine\n",
      },
      {
        featureId: "bad",
        command: "echo broken; exit 2",
        author: "agent",
        ok: false,
        exitCode: 2,
        durationMs: expect.any(Number),
        outputTail: "broken\n",
      },
    ]);
  });

  it("does not run what the guard refuses, and counts it as failed, with the reason (T1)", async () => {
    const asked: string[] = [];
    const own = options({
      mayRun: (command) => {
        asked.push(command);
        return { allow: false, rule: "P3.4", offending: "touch", reason: "Write a test instead." };
      },
    });
    const results = await verifyClaims([feature("a", "touch ran"), feature("b", ["touch", "a b"])], own);
    expect(asked).toEqual(["touch ran", "touch 'a b'"]);
    expect(results).toMatchObject([
      { featureId: "a", ok: false, exitCode: null, outputTail: "Not run (P3.4): Write a test instead." },
      { featureId: "b", ok: false },
    ]);
    expect(existsSync(join(own.dir, "ran"))).toBe(false);
  });

  it("does not run a command of the agent's that cannot fail; the person's own is theirs", async () => {
    const own = options({ projectCommand: "true {id}" });
    const claims = [feature("a", "true"), feature("b", ["sh", "-c", "npm test || exit 0"]), feature("c")];
    for (const check of [verifyClaims, finalPass]) {
      expect(await check(claims, own)).toMatchObject([
        { featureId: "a", ok: false, notRun: "refused", outputTail: expect.stringContaining("cannot fail") },
        { featureId: "b", ok: false, notRun: "refused" },
        { featureId: "c", ok: true },
      ]);
    }
    const gate = options({ projectCommand: "true" });
    expect(await finalPass([feature("a")], gate)).toMatchObject([{ featureId: null, ok: true }]);
  });

  it("does not ask the guard about the person's own command, and takes no id for an option", async () => {
    const refuse = () => ({ allow: false, rule: "any", offending: "", reason: "" }) as const;
    const own = options({ projectCommand: ["test", "{id}", "=", "a"], mayRun: refuse });
    expect(await verifyClaims([feature("a"), feature("b"), feature("--eval=1")], own)).toMatchObject([
      { featureId: "a", ok: true },
      { featureId: "b", ok: false, exitCode: 1 },
      { featureId: "--eval=1", ok: false, exitCode: null, outputTail: expect.stringContaining("dash") },
    ]);
  });

  it("runs a command that several features share once", async () => {
    const own = options({ projectCommand: `echo {id} >> log` });
    const same = "echo shared >> log";
    const list = [
      feature("a", same),
      feature("b", same),
      feature("c"),
      feature("an odd id"),
      feature("another odd id"),
    ];
    const results = await verifyClaims(list, own);
    expect(results.map(({ featureId, ok }) => [featureId, ok])).toEqual(list.map(({ id }) => [id, true]));
    expect(readFileSync(join(own.dir, "log"), "utf8")).toBe("shared\nc\nan odd id\nanother odd id\n");
  });

  it("says that the time limit ended it", async () => {
    const [result] = await verifyClaims([feature("slow", "tail -f /dev/null")], options({ timeoutMs: 100 }));
    expect(result).toMatchObject({
      ok: false,
      exitCode: null,
      outputTail: expect.stringContaining("time limit of 0.1 s"),
    });
  });

  it("stops at an abort", async () => {
    const own = options({ signal: AbortSignal.abort() });
    expect(await verifyClaims([feature("a", "true")], own)).toEqual([]);
  });
});

describe("finalPass (F5)", () => {
  it("runs every feature's command, then the gate", async () => {
    const own = options({ projectCommand: "test -e built" });
    expect(await finalPass([feature("a", "touch built"), feature("b")], own)).toMatchObject([
      { featureId: "a", ok: true },
      { featureId: null, command: "test -e built", ok: true },
    ]);
  });

  it("has no gate where the project's command decides features", async () => {
    expect(await finalPass([feature("a")], options({ projectCommand: "test {id} = a" }))).toMatchObject([
      { featureId: "a", ok: true },
    ]);
    expect(await finalPass([feature("a")], options())).toEqual([]);
  });

  it("shows a command as a line that a shell would read the same way", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom(..."a '\"$`\\\n*") }), { minLength: 1, maxLength: 4 }),
        (words) => {
          const line = shellLine(["printf", "%s|", ...words]);
          expect(execFileSync("/bin/sh", ["-c", line]).toString()).toBe(
            words.map((word) => `${word}|`).join(""),
          );
        },
      ),
      { numRuns: 30 },
    );
  });
});
