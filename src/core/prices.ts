import type { Usage } from "./session.ts";

/** USD a million tokens: input and output. */
interface Price {
  readonly family: string;
  readonly input: number;
  readonly output: number;
}

/**
 * Anthropic's public price list of November 2026 for the current generation; reading from the cache costs a
 * tenth of input, writing to it 1.25 times. Used only where an agent was cut before it told its own figure, and
 * corrected by that figure when the conversation is resumed.
 */
const prices: readonly Price[] = [
  { family: "haiku", input: 1, output: 5 },
  { family: "sonnet", input: 3, output: 15 },
  { family: "opus", input: 5, output: 25 },
];
/** An unknown model counts as the dearest: a budget had better end a run too early than too late. */
const dearest: Price = { family: "", input: 5, output: 25 };

export function estimateCostUsd(model: string | null, usage: Usage): number {
  const { input, output } = prices.find(({ family }) => model?.includes(family)) ?? dearest;
  const inputs = usage.inputTokens + 1.25 * usage.cacheWriteTokens + 0.1 * usage.cacheReadTokens;
  return (inputs * input + usage.outputTokens * output) / 1_000_000;
}
