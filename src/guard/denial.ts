import type { Verdict } from "./verdict.ts";

export type Denial = Extract<Verdict, { allow: false }>;

/** `reason` is for the agent: what was refused, and what to do instead. */
export function deny(rule: string, offending: string, reason: string): Denial {
  return { allow: false, rule, offending, reason };
}
