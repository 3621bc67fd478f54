/** Plays the scenario without the agent: its tools are in `claude-tools.ts`, what Onward does to claims is here. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demoSpecFile, scenario } from "../../src/demo/scenario.ts";
import type { ScriptedMessage } from "../../src/demo/scripted-model.ts";
import { bash, type Ran, use } from "./claude-tools.ts";

export interface Done {
  readonly tool: string;
  /** The command or the file. */
  readonly what: string;
  readonly failed: boolean;
}

export interface Feature {
  readonly id: string;
  readonly category: string;
  readonly verify: string;
  readonly passes: boolean;
}

export interface Conversation {
  readonly messages: ScriptedMessage[];
  /** What the agent has read or written, and may so overwrite. */
  readonly known: Set<string>;
}

export interface Project extends Disposable {
  readonly directory: string;
  /** Plays until the model ends its turn or the session is cut. */
  session(options?: SessionOptions): Promise<SessionDone>;
  features(): readonly Feature[];
  /** Verifies what was claimed since `before`, takes back what fails, answers the ids of those. */
  settle(before: readonly Feature[]): Promise<readonly string[]>;
  verify(feature: Feature): Promise<boolean>;
  shell(command: string): Promise<Ran>;
}

export interface SessionOptions {
  /** Tool calls, after which the session is cut. */
  readonly cutAfter?: number;
  /** Take up this conversation again, cut or not. */
  readonly resume?: Conversation;
  readonly afterEach?: (done: Done) => Promise<void>;
}

export interface SessionDone {
  readonly done: readonly Done[];
  readonly conversation: Conversation;
  /** The model's last words; null when the session was cut. */
  readonly ended: string | null;
}

/** A directory as `onward demo` prepares it, or a copy of another. */
export async function rehearse(copyOf?: string): Promise<Project> {
  const directory = mkdtempSync(join(tmpdir(), "onward-demo-"));
  const shell = (command: string) => bash(command, directory);
  if (copyOf === undefined) {
    copyFileSync(demoSpecFile, join(directory, "app_spec.txt"));
    await shell("git init --quiet");
  } else await shell(`cp -a '${copyOf}/.' .`);

  const list = join(directory, "feature_list.json");
  const features = (): readonly Feature[] =>
    existsSync(list) ? (JSON.parse(readFileSync(list, "utf8")) as Feature[]) : [];
  const verify = async (feature: Feature): Promise<boolean> => (await shell(feature.verify)).ok;

  async function session(options: SessionOptions = {}): Promise<SessionDone> {
    const conversation = options.resume ?? { messages: [], known: new Set() };
    const type = features().length === 0 ? "init" : "continue";
    conversation.messages.push(
      says(`<reminder>\nbe good\n</reminder>`, `Onward session type: ${type}\n\nGo.`),
    );
    const done: Done[] = [];
    for (;;) {
      const turn = scenario(conversation);
      if (turn.tools === undefined) return { done, conversation, ended: turn.text ?? "" };
      const calls = turn.tools.map((tool) => ({ ...tool, type: "tool_use", id: crypto.randomUUID() }));
      conversation.messages.push({ role: "assistant", content: calls });
      const results = [];
      for (const call of calls) {
        if (done.length === options.cutAfter) return { done, conversation, ended: null };
        const result = await use(call, directory, conversation.known);
        const what = String(call.input?.command ?? call.input?.file_path ?? call.input?.id);
        done.push({ tool: call.name, what, failed: result.is_error });
        results.push({ type: "tool_result", tool_use_id: call.id, ...result });
        await options.afterEach?.({ tool: call.name, what, failed: result.is_error });
      }
      // Tools that ran side by side do not answer in the order of the calls.
      conversation.messages.push({ role: "user", content: results.reverse() });
    }
  }

  async function settle(before: readonly Feature[]): Promise<readonly string[]> {
    const passed = new Set(before.filter(({ passes }) => passes).map(({ id }) => id));
    const refuted: string[] = [];
    for (const feature of features()) {
      if (!feature.passes || passed.has(feature.id) || (await verify(feature))) continue;
      const claim = `"verify": "${feature.verify}",\n    "passes": `;
      writeFileSync(list, readFileSync(list, "utf8").replace(`${claim}true`, `${claim}false`));
      refuted.push(feature.id);
    }
    return refuted;
  }

  const remove = (): void => rmSync(directory, { recursive: true });
  return { directory, session, features, settle, verify, shell, [Symbol.dispose]: remove };
}

function says(...texts: readonly string[]): ScriptedMessage {
  return { role: "user", content: texts.map((text) => ({ type: "text", text })) };
}
