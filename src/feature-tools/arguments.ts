import { type ZodOptional, type ZodString, z } from "zod";
import type { AgentTool } from "../ports.ts";

/** More than any tool keeps; what is longer is no remark. */
const maxLength = 10_000;

/** The arguments of a tool, as both of its servers check them. */
export function argumentShape({ parameters }: AgentTool): Record<string, ZodString | ZodOptional<ZodString>> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { description, optional = false }]) => {
      const text = z.string().max(maxLength).describe(description);
      return [name, optional ? text.optional() : text];
    }),
  );
}
