import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AuditEntry, type AuditFilter, audited, openAudit, readAudit } from "../../src/guard/audit.ts";
import { createGuard } from "../../src/guard/tools.ts";
import { createRedactor } from "../../src/secrets/redact.ts";

const secret = 'canary-"value"-42';
const { redact } = createRedactor({ SOME_TOKEN: secret });
let now = Date.UTC(2026, 0, 1);
const clock = { now: () => now };
let dir: string;
let file: string;

beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  dir = mkdtempSync(join(tmpdir(), "onward-audit-"));
  file = join(dir, "audit.jsonl");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const deny = { allow: false, rule: "P3.1", offending: "x", reason: "no" } as const;
const allow = { allow: true, rule: "P2.2" } as const;
const call = (input: Record<string, unknown>, tool = "Bash") => ({ tool, input, cwd: dir });

async function entries(filter?: AuditFilter): Promise<readonly AuditEntry[]> {
  return await Array.fromAsync(readAudit(file, filter));
}

describe("the audit", () => {
  it("has a line for every decision", async () => {
    const audit = openAudit(file, { redact, clock });
    audit.record({ session: 3, call: call({ command: "ls" }), verdict: allow, durationMs: 0.12345 });
    audit.record({ session: 3, call: call({ command: "x" }), verdict: deny, durationMs: 2 });
    expect(await entries()).toEqual([
      {
        at: "2026-01-01T00:00:00.000Z",
        session: 3,
        tool: "Bash",
        input: { command: "ls" },
        allow: true,
        rule: "P2.2",
        reason: "",
        durationMs: 0.123,
      },
      {
        at: "2026-01-01T00:00:00.000Z",
        session: 3,
        tool: "Bash",
        input: { command: "x" },
        allow: false,
        rule: "P3.1",
        reason: "no",
        durationMs: 2,
      },
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("holds no secret, wherever one is put", async () => {
    const audit = openAudit(file, { redact, clock });
    const input = {
      command: `echo ${secret}`,
      [secret]: [secret, { deep: secret }],
      content: `${"x".repeat(1490)}${secret}`,
    };
    audit.record({
      session: 1,
      call: call(input, secret),
      verdict: { ...deny, reason: `Not ${secret}` },
      durationMs: 0,
    });
    expect(readFileSync(file, "utf8")).not.toMatch(/canary|value/);
    expect((await entries())[0]).toMatchObject({ tool: "[redacted]", reason: "Not [redacted]" });
  });

  it("keeps inputs short", async () => {
    const audit = openAudit(file, { redact, clock });
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`field${i}`, "y".repeat(1000)]));
    const inputs = [
      { content: "ä".repeat(1_000_000) },
      many,
      { edits: Array(5000).fill({ a: "z".repeat(500), b: [1] }) },
      { "😀": "😀".repeat(3000) },
    ];
    for (const input of inputs)
      audit.record({ session: 1, call: call(input), verdict: allow, durationMs: 0 });
    const found = await entries();
    expect(found).toHaveLength(4);
    for (const { input } of found) expect(Buffer.byteLength(JSON.stringify(input))).toBeLessThanOrEqual(2048);
    expect(JSON.stringify(found[0]?.input)).toMatch(/^\{"content":"ä{299}…"\}$/);
  });

  it("is read by session, tool, verdict, rule and time", async () => {
    const audit = openAudit(file, { redact, clock });
    for (const [session, tool, verdict] of [
      [1, "Bash", allow],
      [1, "Read", deny],
      [2, "Bash", deny],
    ] as const) {
      audit.record({ session, call: call({}, tool), verdict, durationMs: 0 });
      now += 1000;
    }
    const found = async (filter: AuditFilter) =>
      (await entries(filter)).map(({ session, tool }) => `${session} ${tool}`);
    expect(await found({ session: 1 })).toEqual(["1 Bash", "1 Read"]);
    expect(await found({ tool: "Bash", allow: false })).toEqual(["2 Bash"]);
    expect(await found({ rule: "P3.1", since: Date.UTC(2026, 0, 1, 0, 0, 2) })).toEqual(["2 Bash"]);
    expect(await Array.fromAsync(readAudit(join(dir, "none.jsonl")))).toEqual([]);
  });

  it("survives a line that a crash left unfinished, at every length", async () => {
    openAudit(file, { redact, clock }).record({ session: 1, call: call({}), verdict: allow, durationMs: 0 });
    const line = readFileSync(file, "utf8");
    for (let length = 1; length < line.length; length++) {
      writeFileSync(file, line);
      appendFileSync(file, line.slice(0, length));
      openAudit(file, { redact, clock }).record({ session: 2, call: call({}), verdict: deny, durationMs: 0 });
      const sessions = (await entries()).map(({ session }) => session);
      // All but the line's end is a whole entry.
      expect(sessions).toEqual(length === line.length - 1 ? [1, 1, 2] : [1, 2]);
    }
  });

  it("sets the file aside before it grows too large, and reads both", async () => {
    const audit = openAudit(file, { redact, clock, maxBytes: 2000 });
    for (let session = 1; session <= 30; session++) {
      audit.record({ session, call: call({ command: "ls" }), verdict: allow, durationMs: 0 });
      expect(statSync(file).size).toBeLessThanOrEqual(2000);
    }
    const sessions = (await entries()).map(({ session }) => session);
    expect(sessions.at(-1)).toBe(30);
    expect(sessions).toEqual(sessions.map((_, index) => 30 - sessions.length + 1 + index));
    expect(statSync(join(dir, "audit.1.jsonl")).size).toBeGreaterThan(1000);
  });
});

describe("an audited guard (G2)", () => {
  const project = () => {
    mkdirSync(join(dir, "project"), { recursive: true });
    return join(dir, "project");
  };
  const session = { number: 7, sessionType: "continue" } as const;
  const guard = () =>
    createGuard({ project: project(), home: dir, tmpdir: join(dir, "tmp"), profile: "strict" });
  const good = () => ({ tool: "Read", input: { file_path: "a" }, cwd: project() });
  const bad = () => ({ tool: "Read", input: { file_path: "/etc/passwd" }, cwd: project() });

  it("passes verdicts on and records them", async () => {
    const decide = audited(guard(), openAudit(file, { redact, clock }));
    expect((await decide(good(), session)).allow).toBe(true);
    expect((await decide(bad(), session)).allow).toBe(false);
    expect(
      (await entries()).map(({ session: number, allow: allowed, rule }) => [number, allowed, rule]),
    ).toEqual([
      [7, true, "P3"],
      [7, false, "P3.2"],
    ]);
  });

  it("denies what it cannot record, and leaves denials as they are", async () => {
    const decide = audited(guard(), openAudit(join(dir, "gone/audit.jsonl"), { redact, clock }));
    expect(await decide(good(), session)).toMatchObject({ allow: false, rule: "G2" });
    expect(await decide(bad(), session)).toMatchObject({ allow: false, rule: "P3.2" });
  });

  it("does not write through a link, and notices when the file is gone", async () => {
    symlinkSync(join(dir, "target"), file);
    const decide = audited(guard(), openAudit(file, { redact, clock }));
    expect(await decide(good(), session)).toMatchObject({ allow: false, rule: "G2" });
    rmSync(file);
    expect((await decide(good(), session)).allow).toBe(true);
    rmSync(file);
    expect((await decide(good(), session)).allow).toBe(true);
    expect(await entries()).toHaveLength(1);
  });
});
