/** What a program's rules are made of. One simple command that may run is a `Call`. */

import { refuse } from "../shell/refusal.ts";
import type { Run } from "../shell/run.ts";
import type { Outcome, State } from "../shell/state.ts";
import type { Arg } from "../shell/values.ts";
import type { Parsed } from "./options.ts";

/** Where fd 0 of a command comes from, as far as it is written beside it. */
export type Stdin =
  | { readonly type: "inherited" }
  | { readonly type: "pipe" }
  | { readonly type: "file"; readonly path: Arg }
  /** A heredoc in which nothing expands. */
  | { readonly type: "literal" }
  | { readonly type: "dynamic" };

export interface Call {
  readonly program: string;
  readonly args: readonly Arg[];
  /** Every directory it may run in. */
  readonly cwds: readonly string[];
  readonly stdin: Stdin;
  /** The commands before it in its pipeline, each with its possible runs; null for one that is not simple. */
  readonly producers: readonly (readonly Call[] | null)[];
  readonly run: Run;
  /** Judges another command that this one would run (P6.1). */
  readonly judge: (inner: Pick<Call, "args"> & Partial<Call>) => void;
  /** Judges text that this one would run as a shell command. */
  readonly judgeScript: (script: string) => void;
}

/**
 * How a word is held to the policy: `text` is static text, `any` may be dynamic (P4.3), `read` and `write` are
 * paths (P3.2, P3.1), `path` is held to the project if it looks like a path, `command` is judged
 * with the command it belongs to, `none` is refused.
 */
export type Role = "text" | "any" | "number" | "read" | "write" | "path" | "url" | "command" | "none";

export interface Program {
  /** Short flags without a value. */
  readonly flags?: string;
  /** Everything else, in the notation of `options.ts`. */
  readonly options?: string;
  /** One role for all, or one for each position, the last for the rest. */
  readonly operands?: Role | readonly Role[];
  /** The clause that an option off the list offends, where it is not P12. */
  readonly rule?: string;
  /** Options end at the first operand. */
  readonly posix?: boolean;
  /** More than roles can say. */
  readonly judge?: (call: Call, parsed: Parsed) => void;
  /** In place of all of the above, for programs with a grammar of their own. */
  readonly judgeCall?: (call: Call) => void;
  /** Builtins that change the shell they run in. */
  readonly effect?: (call: Call, state: State) => Outcome;
  /** Only bash itself knows it: no path, no wrapper. */
  readonly builtin?: boolean;
  /** Runs code of the project (P7); false for options that only print. */
  readonly interprets?: boolean;
  /** Listed only where an OS sandbox contains what it does. */
  readonly sandboxedOnly?: boolean;
}

export type Programs = Readonly<Record<string, Program>>;

/** The text of a word that must be static. */
export function staticText(call: Call, arg: Arg): string {
  if (arg.type === "literal") return arg.text;
  if (arg.type === "glob") {
    refuse(
      "P12",
      arg.raw,
      `\`${call.program}\` needs this word written out, without wildcards; quote it if it is meant literally.`,
    );
  }
  refuse(
    "P3.7",
    arg.raw,
    `\`${call.program}\` needs this word to be known before it runs. Write the value out${arg.splits ? ", and quote variables" : ""}.`,
  );
}
