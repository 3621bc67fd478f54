/** What may be true of the shell between two commands: its directories and its variables. */
import { anything, joinValues, type Value, widen } from "./values.ts";

export interface State {
  /** Every directory the shell may be in (P3.6). */
  readonly cwds: readonly string[];
  /** Variables that the command itself has certainly set; any other comes from the environment. */
  readonly variables: ReadonlyMap<string, Value>;
}

/** The states after success and after failure; null where the shell cannot get there. */
export interface Outcome {
  readonly success: State | null;
  readonly failure: State | null;
}

export function both(state: State): Outcome {
  return { success: state, failure: state };
}

export function join(one: State | null, other: State | null): State | null {
  if (one === null || other === null) return one ?? other;
  if (one === other) return one;
  const variables = new Map<string, Value>();
  for (const [name, value] of one.variables) {
    const second = other.variables.get(name);
    if (second !== undefined) variables.set(name, second === value ? value : joinValues(value, second));
  }
  return { cwds: [...new Set([...one.cwds, ...other.cwds])], variables };
}

export function assign(state: State, name: string, value: Value): State {
  return { ...state, variables: new Map(state.variables).set(name, value) };
}

export function sameState(one: State, other: State): boolean {
  return one === other || fingerprint(one) === fingerprint(other);
}

/** Gives up the exact values of what a loop keeps changing. */
export function widenChanged(before: State, after: State): State {
  const variables = new Map<string, Value>();
  for (const [name, value] of after.variables) {
    const earlier = before.variables.get(name) ?? anything;
    const stable = JSON.stringify([...earlier].sort()) === JSON.stringify([...value].sort());
    variables.set(name, stable ? value : widen(joinValues(earlier, value)));
  }
  return { cwds: after.cwds, variables };
}

function fingerprint({ cwds, variables }: State): string {
  const entries = [...variables].map(([name, value]) => [
    name,
    value.map((one) => JSON.stringify(one)).sort(),
  ]);
  return JSON.stringify([[...cwds].sort(), entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))]);
}
