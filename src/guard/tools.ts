/**
 * The guard: asked before every tool call of the agent, it denies what it does not know.
 * - G1 A decision that throws, takes too long or cannot be understood denies. `decide` never rejects.
 */
import type { SessionType } from "../core/session.ts";
import type { ToolCall } from "../ports.ts";
import { type Denial, deny } from "./denial.ts";
import { type FileChange, judgeListChange, type Replacement } from "./feature-list-change.ts";
import { createFileAccess, type FileAccess, type FileScope, type Granted } from "./file-access.ts";
import { checkCommand, type ExtraRules } from "./shell.ts";
import { type Field, findTool, type JudgedKind } from "./tool-table.ts";
import type { Verdict } from "./verdict.ts";
import { judgeUrl } from "./web-access.ts";

export interface GuardOptions extends FileScope {
  /** `off` allows everything, and says so in every verdict. */
  readonly profile: "strict" | "sandboxed" | "off";
  /** `example.com` or `*.example.com`; without it every public host may be read. */
  readonly hosts?: readonly string[];
  /** `mcp__server__tool`, or `mcp__server__*` for all of a server's; none without it. */
  readonly mcpTools?: readonly string[];
  /** Takes secrets out of a text: what it changes may not be sent to the web. */
  readonly redact?: (text: string) => string;
  readonly limitMs?: number;
  /** A person's own rules for shell commands. */
  readonly extra?: ExtraRules;
}

export interface Guard {
  decide(call: ToolCall, session: { readonly sessionType: SessionType }): Promise<Verdict>;
}

export function createGuard(options: GuardOptions): Guard {
  const { profile, project, home, tmpdir } = options;
  if (profile === "off") return { decide: async () => ({ allow: true, rule: "off" }) };

  const rules: Rules = {
    files: createFileAccess(options),
    shell: (command, cwd) => checkCommand(command, { project, home, tmpdir, cwd }, profile, options.extra),
    hosts: options.hosts,
    mcpTools: options.mcpTools ?? [],
    redact: options.redact ?? ((text) => text),
  };
  const limitMs = options.limitMs ?? 1000;
  return {
    async decide(call, session) {
      try {
        return await within(limitMs, () => judge(call, session.sessionType, rules));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return deny("G1", "", `The guard could not decide (${why}). Do it in a simpler way.`);
      }
    },
  };
}

interface Rules {
  readonly files: FileAccess;
  readonly shell: (command: string, cwd: string) => Verdict;
  readonly hosts: readonly string[] | undefined;
  readonly mcpTools: readonly string[];
  readonly redact: (text: string) => string;
}

async function within(limitMs: number, decide: () => Promise<Verdict>): Promise<Verdict> {
  const tooLate = new Error(`it took more than ${limitMs} ms`);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(reject, limitMs, tooLate);
  const start = performance.now();
  try {
    const verdict = await Promise.race([decide(), late]);
    // While a decision computes, no timer fires.
    if (performance.now() - start > limitMs) throw tooLate;
    return verdict;
  } finally {
    clearTimeout(timer);
  }
}

async function judge(call: ToolCall, sessionType: SessionType, rules: Rules): Promise<Verdict> {
  if (call.tool.startsWith("mcp__")) return judgeMcpTool(call.tool, rules.mcpTools);
  const tool = findTool(call.tool);
  if (tool === undefined) {
    return deny(
      "P13.1",
      call.tool,
      `The tool "${call.tool}" is not available here. Use Bash or the file tools.`,
    );
  }
  switch (tool.kind) {
    case "harmless":
      return allow("P13.1");
    case "refused":
      return deny(tool.rule, call.tool, tool.reason);
    default:
      return (
        malformed(call, tool.fields, tool.others) ?? (await judgeKind(tool.kind, call, sessionType, rules))
      );
  }
}

async function judgeKind(
  kind: JudgedKind,
  call: ToolCall,
  sessionType: SessionType,
  { files, shell, hosts, mcpTools, redact }: Rules,
): Promise<Verdict> {
  const { input, cwd } = call;
  switch (kind) {
    case "shell":
      if (input.dangerouslyDisableSandbox === true) {
        return deny("P13.4", "dangerouslyDisableSandbox", "The sandbox stays on. Leave this field out.");
      }
      return shell(text(input.command), cwd);
    case "read":
      return verdictOf(await files.read(pathOf(call), cwd));
    case "write":
      return await judgeWrite(await files.write(pathOf(call), cwd), call, sessionType);
    case "search-names": {
      const pattern = text(input.pattern);
      if (upwards.test(pattern)) {
        return deny("P3.2", pattern, 'The pattern leads upwards. Give the directory as "path".');
      }
      const start = searchStart(pattern, text(input.path ?? cwd));
      return namesOwnRecords(pattern) ?? verdictOf(await files.search(start, cwd));
    }
    case "search-contents":
      return (
        namesOwnRecords(text(input.glob ?? "")) ?? verdictOf(await files.search(text(input.path ?? cwd), cwd))
      );
    case "fetch":
      return carriesSecret(text(input.url), redact) ?? judgeUrl(text(input.url), hosts);
    case "web-search":
      return carriesSecret(text(input.query), redact) ?? allow("P8");
    case "delegate":
      if (input.isolation === undefined) return allow("P13.4");
      return deny("P13.4", text(input.isolation), 'Agents work in this tree too. Leave "isolation" out.');
    case "message":
      // Agents of this session go by plain names; other sessions have addresses.
      if (/^[\w.@-]+$/.test(text(input.to))) return allow("P13.4");
      return deny("P13.4", text(input.to), "Messages go only to agents that this session started, by name.");
    case "mcp-resource":
      return judgeMcpTool(`mcp__${text(input.server)}__`, mcpTools.map(serverOf));
    default:
      return kind satisfies never;
  }
}

/** What is wrong with the shape of an input; null when nothing is. */
function malformed(
  { tool, input }: ToolCall,
  fields: Readonly<Record<string, Field>>,
  others: readonly string[],
): Denial | null {
  if (typeof input !== "object" || input === null)
    return deny("P13.2", tool, `${tool} needs an input object.`);
  for (const name of Object.keys(input)) {
    if (Object.hasOwn(fields, name) || others.includes(name)) continue;
    return deny("P13.2", name, `${tool} may not be called with "${name}". Leave that field out.`);
  }
  for (const [name, field] of Object.entries(fields)) {
    if (!fits(input[name], field))
      return deny("P13.2", name, `${tool}: "${name}" must be a ${field.replace("optional ", "")}.`);
  }
  return null;
}

function fits(value: unknown, field: Field): boolean {
  switch (field) {
    case "text":
      return typeof value === "string";
    case "optional text":
      return value === undefined || typeof value === "string";
    case "optional boolean":
      return value === undefined || typeof value === "boolean";
    case "list":
      return Array.isArray(value);
    default:
      return field satisfies never;
  }
}

async function judgeWrite(
  access: Granted | Denial,
  call: ToolCall,
  sessionType: SessionType,
): Promise<Verdict> {
  if (!access.allow || !access.featureList) return verdictOf(access);
  // The first session writes the list.
  return sessionType === "init"
    ? allow("F1")
    : await judgeListChange(access.place.real, changeOf(call.input));
}

function changeOf(input: ToolCall["input"]): FileChange {
  if (typeof input.content === "string") return { type: "content", text: input.content };
  const edits: readonly unknown[] = Array.isArray(input.edits) ? input.edits : [input];
  const replacements = edits.map(replacementOf).filter((replacement) => replacement !== null);
  return replacements.length === edits.length
    ? { type: "replacements", replacements }
    : { type: "unpredictable" };
}

function replacementOf(edit: unknown): Replacement | null {
  if (typeof edit !== "object" || edit === null) return null;
  const {
    old_string: oldText,
    new_string: newText,
    replace_all: all = false,
  }: Record<string, unknown> = { ...edit };
  if (typeof oldText !== "string" || typeof newText !== "string" || typeof all !== "boolean") return null;
  return { oldText, newText, all };
}

const upwards = /(?:^|[/{,])\.\.(?:[/},]|$)/;

/** A pattern may itself begin with the directory to search in. */
function searchStart(pattern: string, path: string): string {
  const literal = pattern.split(/[*?[{]/, 1)[0] ?? "";
  const directory = literal.slice(0, literal.lastIndexOf("/") + 1);
  return /^[/~]/.test(directory) ? directory : `${path}/${directory}`;
}

/** Ignore files keep a search out of `.onward`, unless its pattern asks for it. */
function namesOwnRecords(pattern: string): Denial | null {
  if (!pattern.toLowerCase().includes(".onward")) return null;
  return deny("P3.4", pattern, "Onward's own records are closed. Search the project's files.");
}

/** What is sent out may hold no credential, whoever asked for it. */
function carriesSecret(sent: string, redact: (text: string) => string): Denial | null {
  const clean = redact(sent);
  if (clean === sent) return null;
  return deny("P3.3", clean, "This would send out what looks like a credential. Leave it out.");
}

function judgeMcpTool(tool: string, listed: readonly string[]): Verdict {
  const matches = (pattern: string) =>
    pattern.endsWith("__*") ? tool.startsWith(pattern.slice(0, -1)) : tool === pattern;
  if (listed.some(matches)) return allow("P13.1");
  return deny("P13.1", tool, "This MCP server or tool is not in Onward's configuration. Go on without it.");
}

/** `mcp__server__tool` → `mcp__server__` */
function serverOf(tool: string): string {
  return tool.slice(0, tool.indexOf("__", "mcp__".length) + 2);
}

function pathOf({ input }: ToolCall): string {
  return text(input.file_path ?? input.notebook_path ?? input.path);
}

/** Of a field whose shape was checked. */
function text(value: unknown): string {
  if (typeof value !== "string") throw new Error("a text was expected");
  return value;
}

function verdictOf(access: Granted | Denial): Verdict {
  return access.allow ? allow(access.rule) : access;
}

function allow(rule: string): Verdict {
  return { allow: true, rule };
}
