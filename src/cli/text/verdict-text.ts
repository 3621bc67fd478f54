/** The results of verifications in words. */
import { roughDuration } from "../../config/duration.ts";
import type { VerificationEffects, VerificationResult } from "../../core/event-parts.ts";
import type { Check } from "../../core/evidence.ts";
import { oneLine } from "./terminal-text.ts";

/** What was checked. */
export function subjectOf({ featureId, role }: VerificationResult): string {
  return featureId ?? (role === undefined ? "the project's own check" : `the ${role}`);
}

/** One line: the verdict, whose command it was, and how that ended. */
export function verdictLine(result: VerificationResult): string {
  const { ok, command, author, notRun, durationMs } = result;
  const whose = author === "agent" ? "agent-authored, " : author === "person" ? "a person's, " : "";
  const how = notRun === undefined ? `${endText(result)}, ${roughDuration(durationMs)}` : endText(result);
  return `${ok ? "✓" : "✗"} ${subjectOf(result)}: ${oneLine(command)} (${whose}${how})`;
}

/** `in the final pass`, `by hand, after session 3`. */
export function whenChecked({ session, final, byHand }: Check): string {
  if (final) return "in the final pass";
  const after = session === 0 ? "before the first session" : `after session ${session}`;
  return byHand ? `by hand, ${after}` : after;
}

/** How a command ended: `exit 1`, `did not finish`, `not run: the setup failed`. */
export function endText({ exitCode, notRun }: VerificationResult): string {
  if (notRun !== undefined) return `not run: ${notRunText[notRun]}`;
  return exitCode === null ? "did not finish" : `exit ${exitCode}`;
}

const notRunText = {
  setup: "the setup failed",
  dependency: "a dependency does not hold",
  refused: "refused",
} as const;

/** What a verification did beside. */
export function effectLines({ undone = [], held = [] }: VerificationEffects): readonly string[] {
  return [
    ...(held.length === 0 ? [] : [`protected, checked as people left it: ${oneLine(held.join(", "))}`]),
    ...(undone.length === 0 ? [] : [`changed by the verification, undone: ${oneLine(undone.join(", "))}`]),
  ];
}
