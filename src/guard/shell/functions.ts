/** Shell functions: refused by the strict profile (P2.2), followed under a sandbox. */
import type { Function as FunctionNode } from "unbash";
import { isListed } from "../programs/table.ts";
import { refuse } from "./refusal.ts";
import { assign, both, join, type Outcome, type State } from "./state.ts";
import { anything } from "./values.ts";
import type { Walk } from "./walk.ts";

/**
 * A body is judged where it is defined and wherever it is called, its variables unknown. It may not take the
 * name of a program, so that no command changes its meaning. What it leaves behind: unknown variables, and any
 * directory that it may have gone to.
 */
export function defineFunction(node: FunctionNode, state: State, walk: Walk): Outcome {
  const { run } = walk;
  const name = node.name.text;
  if (run.profile === "strict") {
    refuse(
      "P2.2",
      name,
      "Functions are not allowed. Write the commands out, or put them in a script of the project.",
    );
  }
  if (!/^[A-Za-z_]\w*$/.test(name) || isListed(name, run)) {
    refuse("P2.2", name, "A function may not have the name of a program. Rename it.");
  }
  const { body } = node;
  if (body.type === "CompoundList") refuse("P1.3", name, "This function has no body.");
  if (run.functions.has(name))
    refuse("P2.2", name, "This function is defined twice. Give each its own name.");
  const judge = (at: State): Outcome => {
    const { success, failure } = run.nested(() =>
      walk.statements(
        [{ type: "Statement", pos: node.pos, end: node.end, command: body, background: undefined }],
        forget(at),
      ),
    );
    // It may return anywhere in between.
    return both(forget(join(at, join(success, failure)) ?? at));
  };
  judge(state);
  run.functions.set(name, judge);
  return both(state);
}

function forget(state: State): State {
  let forgotten = state;
  for (const name of state.variables.keys()) forgotten = assign(forgotten, name, anything);
  return forgotten;
}
