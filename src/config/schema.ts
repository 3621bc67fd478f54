/**
 * The shape of `onward.config.json`. Names are those of the flags; durations are texts (`"10m"`) or milliseconds.
 * Only this file knows zod, which takes longer to load than all the rest of most commands.
 */
import { z } from "zod";
import { type GuardRules, given, type Overrides, type Regression } from "./config.ts";
import { durationForm, parseDuration } from "./duration.ts";
import { nearest } from "./suggest.ts";

/** What the file says, or one clause that tells what is wrong with it: `"delay" must be …`. */
export type ParsedFile =
  | { readonly ok: true; readonly overrides: Overrides }
  | { readonly ok: false; readonly problem: string };

export function parseConfigFile(value: unknown): ParsedFile {
  const parsed = ConfigFile.safeParse(value, { reportInput: true });
  if (parsed.success) return { ok: true, overrides: overridesOf(parsed.data) };
  const [issue] = parsed.error.issues;
  return { ok: false, problem: issue === undefined ? "is wrong" : describe(issue) };
}

/** For editors. */
export function configJsonSchema(): object {
  return z.toJSONSchema(ConfigFile, { io: "input" });
}

const text = z.string({ error: "must be a text" }).min(1, { error: "must not be empty" });
const count = z.int({ error: "must be a whole number" }).min(1, { error: "must be at least 1" });
const money = z
  .number({ error: "must be an amount in US dollars" })
  .positive({ error: "must be more than 0" });
const flag = z.boolean({ error: "must be true or false" });
const duration = z
  .union([z.int().min(0), z.string()], { error: `must be ${durationForm}, or milliseconds` })
  .transform((given, ctx) => {
    const ms = typeof given === "number" ? given : parseDuration(given);
    if (ms === null) ctx.addIssue({ code: "custom", message: `must be ${durationForm}`, input: given });
    return ms ?? 0;
  });
const lasting = duration.refine((ms) => ms > 0, { error: "must be more than 0" });
const share = z
  .number({ error: "must be a number over 0 and at most 1" })
  .gt(0, { error: "must be over 0" })
  .lte(1, { error: "must be at most 1" });
const regression = z
  .string({ error: 'must be "sample:10", "all" or "off"' })
  .regex(/^(all|off|sample:[1-9]\d{0,5})$/, { error: 'must be "sample:10", "all" or "off"' })
  .transform((words): Regression => {
    if (words === "all" || words === "off") return { type: words };
    return { type: "sample", size: Number(words.slice("sample:".length)) };
  });

const ready = 'must be "port", or a URL such as "http://127.0.0.1:{port}/health"';
const port = 'must be a port, or "free"';
const command = z
  .union([text, z.array(text).min(1)], { error: "must be a command: a text, or an array of texts" })
  .nullable();

const Verify = z
  .strictObject(
    {
      command: command.describe(
        "Checks the project; with {id} in it, one feature. Runs on this machine, so it has to be trusted.",
      ),
      timeout: lasting.describe("The longest that one verification may take."),
      setup: command.describe("Runs before the checks; with ready it stays up until they are done."),
      setupTimeout: lasting.describe("The longest that the setup, and the teardown, may take."),
      ready: z
        .string({ error: ready })
        .regex(/^(port|https?:\/\/\S+)$/, { error: ready })
        .nullable()
        .describe('The setup is up when something listens on the port ("port"), or when a URL answers.'),
      teardown: command.describe("Runs after the checks, whatever became of them."),
      port: z
        .union([z.int().min(1, { error: port }).max(65_535, { error: port }), z.literal("free")], {
          error: port,
        })
        .nullable()
        .describe('PORT and ONWARD_PORT of setup, checks and teardown; "free": one that nobody uses.'),
      protect: z
        .array(
          text.refine((glob) => !/^[/:!]|(^|\/)\.\.(\/|$)/.test(glob), {
            error: "must be a glob relative to the project, and name what is protected",
          }),
          { error: "must be an array of globs" },
        )
        .describe(
          "Tests, fixtures, the test runner's configuration: a session's changes to them do not count.",
        ),
    },
    { error: 'must be an object such as {"command": "npm test"}' },
  )
  .partial()
  .superRefine(({ setup, ready, port }, ctx) => {
    const wrong = (key: string, message: string, input: unknown) =>
      ctx.addIssue({ code: "custom", path: [key], message, input });
    if (ready != null && setup == null) wrong("ready", "needs a verify.setup to wait for", ready);
    if (ready === "port" && port == null) wrong("ready", "needs a verify.port to look at", ready);
    if (ready?.includes("{port}") === true && port == null) wrong("ready", "needs a verify.port", ready);
  });

const names = z.array(text, { error: "must be an array of texts" });

const Rules = z
  .strictObject(
    {
      allow: names.describe("Programs that may run too; their words are held to the project's paths."),
      deny: names.describe("Programs that may not run, whatever else says so."),
      hosts: names.describe("The only hosts that may be read; none named: every public one."),
      mcpTools: names.describe("MCP tools that may be called: mcp__server__tool, or mcp__server__*."),
      programs: z
        .record(
          z.string(),
          z
            .strictObject({
              flags: z.string().describe('Single-letter flags: "abv".'),
              options: z.string().describe('Options and what they take: "-o=write --color[=text]".'),
              operands: z.enum(["none", "text", "read", "write"], {
                error: 'must be "none", "text", "read" or "write"',
              }),
            })
            .partial(),
        )
        .describe("Options of further programs."),
    },
    { error: 'must be an object such as {"deny": ["curl"]}' },
  )
  .partial();

const ConfigFile = z
  .strictObject(
    {
      $schema: z.string(),
      spec: text.nullable().describe("The specification, relative to the project."),
      prompts: text
        .nullable()
        .describe("A directory outside the project with your own prompts. It has to be trusted."),
      agent: z.enum(["claude"], { error: 'must be "claude"' }).describe("The agent that works."),
      model: text.nullable().describe("Alias or full name; null: the agent's default."),
      maxTurns: count.describe("Model calls per session."),
      delay: duration.describe("The pause between two sessions."),
      maxIterations: count.nullable().describe("Sessions of one run."),
      maxCost: money.nullable().describe("US dollars that one run may cost."),
      maxTokens: count.nullable().describe("Tokens that one run may use."),
      maxDuration: lasting.nullable().describe("Working time of one run."),
      stall: lasting.describe("Without a sign of life for so long, a session is ended and tried again."),
      toolMax: lasting.describe("A running tool counts as a sign of life for so long."),
      sessionMax: lasting.nullable().describe("The longest that one session may last."),
      maxWait: duration.describe("The longest wait for a usage limit or a service that is down."),
      waitForReset: flag.describe("Wait for the reset of a usage limit."),
      stopAtUtilization: share.nullable().describe("Stop at this share of the account's usage window."),
      verify: Verify.describe("How Onward checks what the agent says."),
      regression: regression.describe(
        'Passing features to check again after a session: "sample:10", "all", "off".',
      ),
      sandbox: z
        .enum(["auto", "required", "off"], { error: 'must be "auto", "required" or "off"' })
        .describe("The agent's sandbox."),
      guard: z
        .enum(["strict", "sandboxed"], {
          error: 'must be "strict" or "sandboxed" (it is switched off with --guard off --i-know alone)',
        })
        .describe("What the agent's tools may do."),
      rules: Rules.describe("Your own additions to the guard's profile. What widens it has to be trusted."),
      fresh: flag.describe("Never resume the agent's own conversation."),
    },
    { error: "must hold an object" },
  )
  .partial();

function overridesOf(file: z.infer<typeof ConfigFile>): Overrides {
  const { $schema: _, delay, maxCost, maxDuration, stall, toolMax, sessionMax, maxWait, ...others } = file;
  const { verify, rules, ...same } = others;
  return given({
    ...same,
    delayMs: delay,
    maxCostUsd: maxCost,
    maxDurationMs: maxDuration,
    stallMs: stall,
    toolMaxMs: toolMax,
    sessionMaxMs: sessionMax,
    maxWaitMs: maxWait,
    verify: verify && verifyOf(verify),
    rules: rules && given({ ...rules, programs: rules.programs && programsOf(rules.programs) }),
  });
}

function verifyOf({ timeout, setupTimeout, ...same }: z.infer<typeof Verify>): Overrides["verify"] {
  return given({ ...same, timeoutMs: timeout, setupTimeoutMs: setupTimeout });
}

function programsOf(programs: NonNullable<z.infer<typeof Rules>["programs"]>): GuardRules["programs"] {
  return Object.fromEntries(Object.entries(programs).map(([name, rule]) => [name, given(rule)]));
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const known = Object.keys(shapeAt(issue.path[0]));
    const meant = nearest(key, known);
    return `there is no setting "${[...issue.path, key].join(".")}"${meant === null ? "" : ` (did you mean "${[...issue.path, meant].join(".")}"?)`}`;
  }
  if (issue.path.length === 0) return `it ${issue.message}`;
  return `"${issue.path.join(".")}" ${issue.message}, but is ${excerpt(issue.input)}`;
}

function shapeAt(key: PropertyKey | undefined): object {
  if (key === "verify") return Verify.shape;
  return key === "rules" ? Rules.shape : ConfigFile.shape;
}

function excerpt(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length <= 60 ? json : `${json.slice(0, 59)}…`;
}
