import { z } from "zod";
import type { ToolResult } from "./conversation.ts";

/** A feature of the demo's list, as the scripted agent sees it. */
export type DemoFeature = z.infer<typeof featureShape>;

const featureShape = z.object({
  id: z.string(),
  description: z.string(),
  passes: z.boolean(),
  verify: z.string().default(""),
  priority: z.number().default(Number.POSITIVE_INFINITY),
  dependsOn: z.array(z.string()).default([]),
});
const listShape = z.array(featureShape);

/** The list in what Read or cat printed; null when it is not in there. */
export function listIn({ text }: ToolResult): readonly DemoFeature[] | null {
  try {
    return listShape.parse(JSON.parse(withoutLineNumbers(text)));
  } catch {
    return null;
  }
}

/** The first feature that can be worked on: dependencies passing, by priority, then in the list's order. */
export function nextFeature(list: readonly DemoFeature[]): DemoFeature | undefined {
  const passing = new Set(list.filter(({ passes }) => passes).map(({ id }) => id));
  return list
    .filter(({ passes, dependsOn }) => !passes && dependsOn.every((id) => passing.has(id)))
    .toSorted((a, b) => a.priority - b.priority)[0];
}

/** Read prints `12<tab>text`, older agents `    12→text`. */
function withoutLineNumbers(text: string): string {
  return text.replaceAll(/^ *\d+[\t→]/gm, "");
}
