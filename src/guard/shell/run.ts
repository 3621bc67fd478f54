/** What one judgement carries through the whole command: the context, the caps, and what it has seen. */
import type { Call } from "../programs/program.ts";
import { refuse } from "./refusal.ts";
import type { Outcome, State } from "./state.ts";

export interface ShellContext {
  readonly project: string;
  readonly cwd: string;
  readonly home: string;
  readonly tmpdir: string;
}

export type Profile = "strict" | "sandboxed";

/** Rules of the configuration, on top of the profile; validated where the configuration is read. */
export interface ExtraRules {
  /** Programs that may run; their words are held to the project's paths. */
  readonly allow?: readonly string[];
  /** Programs that may not run, even if the profile lists them. */
  readonly deny?: readonly string[];
  /** Hosts that may be read; without it every public host may. */
  readonly hosts?: readonly string[];
  /** Options of further programs, in the notation of `options.ts`. */
  readonly programs?: Readonly<
    Record<
      string,
      {
        readonly flags?: string;
        readonly options?: string;
        readonly operands?: "none" | "text" | "read" | "write";
      }
    >
  >;
}

const maxCommands = 2000;
const maxDepth = 100;
/** Every possible run of every simple command counts: bounds the time of adversarial input. */
const maxSteps = 20_000;

export class Run {
  readonly context: ShellContext;
  readonly profile: Profile;
  readonly extra: ExtraRules;
  /** Every possible run of a simple command, as resolved. The fuzzer holds bash to this list. */
  readonly calls: Call[] = [];
  /** Text in which a backslash-newline is only text. */
  readonly literalRanges: (readonly [number, number])[] = [];
  /** Where `break` and `continue` (sandboxed) leave a loop body. */
  readonly jumps: State[] = [];
  readonly functions = new Map<string, (state: State) => Outcome>();
  /** P7.4: what fetched a file, and what ran a program of the project. */
  download: string | null = null;
  fetchesRemote = false;
  writesFile: string | null = null;
  interpreter: string | null = null;
  #commands = 0;
  #steps = 0;
  #depth = 0;

  constructor(context: ShellContext, profile: Profile, extra: ExtraRules) {
    const { project, cwd, home, tmpdir } = context;
    this.context = {
      project: withoutSlash(project),
      cwd: withoutSlash(cwd),
      home: withoutSlash(home),
      tmpdir: withoutSlash(tmpdir),
    };
    this.profile = profile;
    this.extra = extra;
  }

  countCommand(): void {
    this.#commands += 1;
    if (this.#commands > maxCommands)
      refuse("P1.3", "", "The command has too many parts. Split it, or put it in a script of the project.");
  }

  countStep(): void {
    this.#steps += 1;
    if (this.#steps > maxSteps)
      refuse("P1.3", "", "The command has too many possible outcomes to check. Split it into simpler ones.");
  }

  nested<T>(work: () => T): T {
    this.#depth += 1;
    if (this.#depth > maxDepth)
      refuse("P1.3", "", "The command is nested too deeply. Split it into simpler ones.");
    const result = work();
    this.#depth -= 1;
    return result;
  }
}

function withoutSlash(directory: string): string {
  return directory.length > 1 ? directory.replace(/\/+$/, "") : directory;
}
