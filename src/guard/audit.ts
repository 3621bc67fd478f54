/**
 * The guard's record: one JSON line a decision, in `.onward/audit.jsonl`.
 * - G2 A call that is not on record does not run: when the record cannot be written, the verdict is a denial.
 *
 * Every record opens the file anew: no descriptor outlives a rename or a removal, and nothing needs closing.
 */
import { closeSync, constants, fstatSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import type { SessionType } from "../core/session.ts";
import type { Clock, ToolCall } from "../ports.ts";
import { deny } from "./denial.ts";
import type { Guard } from "./tools.ts";
import type { Verdict } from "./verdict.ts";

export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  /** The session's number. */
  readonly session: number;
  readonly tool: string;
  /** Redacted, and shortened to at most 2 KB of JSON. */
  readonly input: unknown;
  readonly allow: boolean;
  readonly rule: string;
  /** Empty when allowed. */
  readonly reason: string;
  readonly durationMs: number;
}

export interface Audit {
  /** Synchronous, so that it is written before the call runs. Throws when it cannot be written. */
  record(decision: {
    readonly session: number;
    readonly call: ToolCall;
    readonly verdict: Verdict;
    readonly durationMs: number;
  }): void;
}

export interface AuditOptions {
  readonly redact: (text: string) => string;
  readonly clock: Pick<Clock, "now">;
  /** The file is set aside as `audit.1.jsonl` when it would outgrow this. */
  readonly maxBytes?: number;
}

export function openAudit(file: string, { redact, clock, maxBytes = 20_000_000 }: AuditOptions): Audit {
  return {
    record({ session, call, verdict, durationMs }) {
      const entry: AuditEntry = {
        at: new Date(clock.now()).toISOString(),
        session,
        tool: shorten(redact(String(call.tool)), 200),
        input: boundedInput(call.input, redact),
        allow: verdict.allow,
        rule: verdict.rule,
        reason: verdict.allow ? "" : shorten(redact(verdict.reason), 1000),
        durationMs: Math.round(durationMs * 1000) / 1000,
      };
      append(file, Buffer.from(`${JSON.stringify(entry)}\n`), maxBytes);
    },
  };
}

/** A guard every decision of which is on record (G2). It never rejects. */
export function audited(guard: Guard, audit: Audit) {
  return async (
    call: ToolCall,
    session: { readonly number: number; readonly sessionType: SessionType },
  ): Promise<Verdict> => {
    const start = performance.now();
    const verdict = await guard.decide(call, session);
    try {
      audit.record({ session: session.number, call, verdict, durationMs: performance.now() - start });
      return verdict;
    } catch (error) {
      if (!verdict.allow) return verdict;
      const why = error instanceof Error ? error.message : String(error);
      return deny(
        "G2",
        call.tool,
        `The decision cannot be recorded (${why}), so nothing may run. End your turn.`,
      );
    }
  };
}

export interface AuditFilter {
  readonly session?: number;
  readonly tool?: string;
  readonly allow?: boolean;
  readonly rule?: string;
  /** Epoch milliseconds. */
  readonly since?: number;
}

/** Oldest first, the file that was set aside included. A line that a crash left unfinished is passed over. */
export async function* readAudit(file: string, filter: AuditFilter = {}): AsyncGenerator<AuditEntry> {
  // The current file first: if it is set aside meanwhile, both names are one file and nothing is missed.
  await using current = await openIfThere(file);
  await using earlier = await openIfThere(asideOf(file));
  const same = current && earlier && (await current.stat()).ino === (await earlier.stat()).ino;
  for (const handle of same ? [current] : [earlier, current]) {
    if (handle === null) continue;
    for await (const line of handle.readLines({ autoClose: false })) {
      const entry = parseEntry(line);
      if (entry !== null && matches(entry, filter)) yield entry;
    }
  }
}

function append(file: string, line: Buffer, maxBytes: number): void {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
  const fd = openSync(file, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    const { size } = fstatSync(fd);
    if (size > 0 && size + line.length > maxBytes) {
      renameSync(file, asideOf(file));
      append(file, line, maxBytes);
      return;
    }
    const bytes = endsInLine(fd, size) ? line : Buffer.concat([Buffer.from("\n"), line]);
    if (writeSync(fd, bytes) < bytes.length) throw new Error("the disk is full");
  } finally {
    closeSync(fd);
  }
}

/** Not so after a crash or a full disk; the next line must not be glued to the torn one. */
function endsInLine(fd: number, size: number): boolean {
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last[0] === 0x0a;
}

function asideOf(file: string): string {
  return file.replace(/(\.[^./]+)?$/, ".1$1");
}

const inputLimit = 2048;
/** Far more than a secret is long: what is cut here is not needed to recognise one. */
const recognisable = 64 * 1024;

/** The input with its texts redacted and cut, ever shorter until it fits. */
function boundedInput(input: unknown, redact: (text: string) => string): unknown {
  for (const length of [1500, 300, 60]) {
    const bounded = boundedValue(input, 4, (text) => shorten(redact(text.slice(0, recognisable)), length));
    if (Buffer.byteLength(JSON.stringify(bounded) ?? "") <= inputLimit) return bounded;
  }
  return "(too large to record)";
}

function boundedValue(value: unknown, depth: number, bound: (text: string) => string): unknown {
  if (typeof value === "string") return bound(value);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
  if (typeof value !== "object") return String(typeof value);
  if (depth === 0) return "…";
  if (Array.isArray(value)) return value.slice(0, 20).map((item) => boundedValue(item, depth - 1, bound));
  const fields = Object.entries(value).slice(0, 30);
  return Object.fromEntries(
    fields.map(([name, item]) => [bound(name), boundedValue(item, depth - 1, bound)]),
  );
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`;
}

async function openIfThere(file: string) {
  try {
    return await open(file, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function parseEntry(line: string): AuditEntry | null {
  try {
    const entry: unknown = JSON.parse(line);
    return isEntry(entry) ? entry : null;
  } catch {
    return null;
  }
}

function isEntry(value: unknown): value is AuditEntry {
  if (typeof value !== "object" || value === null) return false;
  return "at" in value && "session" in value && "tool" in value && "allow" in value && "rule" in value;
}

function matches(entry: AuditEntry, { session, tool, allow, rule, since }: AuditFilter): boolean {
  return (
    (session === undefined || entry.session === session) &&
    (tool === undefined || entry.tool === tool) &&
    (allow === undefined || entry.allow === allow) &&
    (rule === undefined || entry.rule === rule) &&
    (since === undefined || Date.parse(entry.at) >= since)
  );
}
