/** Claude Code's tools for a rehearsal: real files, real bash, and the genuine tools' refusals. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ScriptedTool } from "../../src/demo/scripted-model.ts";

type Answer = { readonly content: string; readonly is_error: boolean };
const fine = (content: string): Answer => ({ content, is_error: false });
const refused = (content: string): Answer => ({ content, is_error: true });

export async function use({ name, input }: ScriptedTool, cwd: string, known: Set<string>): Promise<Answer> {
  if (name === "Bash") return bashTool(String(input?.command), cwd);
  if (name === "mcp__onward__claim") return claim(String(input?.id), cwd);
  const path = String(input?.file_path);
  const file = join(cwd, path);
  if (path.startsWith("/") || path.includes("..")) return refused(`outside the project: ${path}`);
  if (name === "Write" && existsSync(file) && !known.has(path)) return refused("File has not been read yet.");
  if (name !== "Write" && !existsSync(file)) return refused("File does not exist.");
  const before = name === "Write" ? "" : readFileSync(file, "utf8");
  switch (name) {
    case "Read":
      known.add(path);
      return fine(
        before
          .split("\n")
          .map((line, index) => `${index + 1}\t${line}`)
          .join("\n"),
      );
    case "Write":
      known.add(path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, String(input?.content));
      return fine(`File created successfully at: ${path}`);
    case "Edit": {
      if (!known.has(path)) return refused("File has not been read yet.");
      const places = before.split(String(input?.old_string));
      if (places.length !== 2) return refused(`Found ${places.length - 1} matches of the string to replace.`);
      writeFileSync(file, places.join(String(input?.new_string)));
      return fine(`The file ${path} has been updated successfully.`);
    }
    default:
      return refused(`No such tool available: ${name}`);
  }
}

/** Onward's own tool, in short: what decides the feature is run, and sets `passes`. */
async function claim(id: string, cwd: string): Promise<Answer> {
  const file = join(cwd, "feature_list.json");
  const list = JSON.parse(readFileSync(file, "utf8")) as { id: string; verify: string; passes: boolean }[];
  const feature = list.find((known) => known.id === id);
  if (feature === undefined) return refused(`There is no feature "${id}".`);
  feature.passes = (await bash(feature.verify, cwd)).ok;
  writeFileSync(file, `${JSON.stringify(list, null, 2)}\n`);
  return fine(`${id} ${feature.passes ? "holds" : "does not hold"}`);
}

const allowed = /^(ls|cat|node|npm|git|chmod|mkdir|test|echo|\.\/init\.sh)$/;

/** An allow-list by program name, stricter than any guard of Onward's about everything else. */
async function bashTool(command: string, cwd: string): Promise<Answer> {
  const bare = command.replaceAll(/"[^"]*"/g, "text");
  const programs = bare.split(/&&|;/).map((part) => part.trim().split(" ")[0] ?? "");
  const denied = programs.find((program) => !allowed.test(program));
  if (denied !== undefined) return refused(`PreToolUse:Bash hook error: ${denied} is not on the list`);
  if (/[$`|<(){}\\]/.test(command)) return refused("PreToolUse:Bash hook error: not a plain command");
  const { ok, output } = await bash(command, cwd);
  return ok ? fine(output) : refused(`Exit code 1\n${output}`);
}

export interface Ran {
  readonly ok: boolean;
  readonly output: string;
}

/** Tests are run once for the same program: what they say depends on its files alone. */
export function bash(command: string, cwd: string): Promise<Ran> {
  if (!/^(\.\/init\.sh|node --test .*)$/.test(command)) return run(command, cwd);
  const key = `${command} ${hashOf(cwd)}`;
  const known = testRuns.get(key) ?? run(command, cwd);
  testRuns.set(key, known);
  return known;
}

const testRuns = new Map<string, Promise<Ran>>();

function hashOf(cwd: string): string {
  const hash = createHash("sha256");
  for (const path of readdirSync(cwd, { recursive: true, encoding: "utf8" }).sort()) {
    const file = join(cwd, path);
    if (path.startsWith(".git/") || !statSync(file).isFile()) continue;
    if (path === "feature_list.json" || path === "claude-progress.txt") continue;
    hash
      .update(`${path} ${statSync(file).mode}\n`)
      .update(readFileSync(file))
      .update("\0");
  }
  return hash.digest("hex");
}

function run(command: string, cwd: string): Promise<Ran> {
  const { PATH, HOME } = process.env;
  const { promise, resolve } = Promise.withResolvers<Ran>();
  execFile("bash", ["-c", command], { cwd, env: { PATH, HOME } }, (error, stdout, stderr) =>
    resolve({ ok: error === null, output: `${stdout}${stderr}`.trim() }),
  );
  return promise;
}
