import { type Denial, deny } from "../denial.ts";

/**
 * One refusal ends a judgement, however deep in the command it is found: it is thrown, and `checkCommand` is
 * the only place that catches it. Everything in between can then speak about what it does allow.
 */
export class Refusal extends Error {
  readonly denial: Denial;

  constructor(denial: Denial) {
    super(denial.reason);
    this.denial = denial;
  }
}

const longestQuote = 120;

/** `reason` is for the agent: what is wrong, and what to do instead. */
export function refuse(rule: string, offending: string, reason: string): never {
  const quoted = offending.length > longestQuote ? `${offending.slice(0, longestQuote)}…` : offending;
  throw new Refusal(deny(rule, quoted, reason));
}
