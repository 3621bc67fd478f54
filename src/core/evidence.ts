/**
 * What speaks for each feature, folded from the journal: who claimed it when, what the commands said that Onward
 * ran itself, and what has spoken against it since. The list says that a feature passes; this says why to believe it.
 */
import type { CommandChange, VerificationAuthor, VerificationResult } from "./event-parts.ts";
import { type Attempts, type Feature, maxTries } from "./features.ts";

/** One run of the command that decides a feature. */
export interface Check {
  readonly at: number;
  /** The session after which it ran. */
  readonly session: number;
  /** Part of the final pass over a project that looked finished. */
  readonly final: boolean;
  /** Asked for by a person, while no run was under way. */
  readonly byHand: boolean;
  readonly result: VerificationResult;
}

export interface Claim {
  readonly at: number;
  readonly session: number;
  /** What the agent said for it, where it claimed with the tool; its words decide nothing. */
  readonly words: string | null;
  /** Whether it was let stand; null before that session is settled. */
  readonly stands: boolean | null;
  /** What decided it; null where nothing could. */
  readonly check: Check | null;
}

/** It passed, and then did not. */
export interface Regression {
  readonly at: number;
  readonly session: number;
  /** `edit`: the agent took it back itself. */
  readonly foundBy: "edit" | "check" | "final pass";
  readonly check: Check | null;
}

/** What people did to a feature in the list, or somebody in their name. */
export interface OutsideChange {
  readonly at: number;
  /** The last session that had begun. */
  readonly session: number;
  /** `hand`: in the file, while no session was at work. `command`: `onward features add|edit|reprioritise`. */
  readonly how: "hand" | "command";
  /** The session that was at work when the command was given; null without one, and by hand. */
  readonly askedDuring: number | null;
  readonly what: readonly OutsideEdit[];
  /** What decides it, where that is another command now. */
  readonly command: Pick<CommandChange, "from" | "to"> | null;
}
export type OutsideEdit =
  | "added"
  | "removed"
  | "edited"
  | "set to passing"
  | "set to failing"
  | "reprioritised";

export interface FeatureEvidence {
  readonly changes: readonly OutsideChange[];
  readonly claims: readonly Claim[];
  readonly regressions: readonly Regression[];
  /** Sessions that were offered it first, or claimed it. */
  readonly triedIn: readonly number[];
  /** How often its command ran, and what it said the last time. */
  readonly checks: number;
  readonly lastCheck: Check | null;
  /** The check that its passing rests on, for the files as they are; null where nothing vouches for it. */
  readonly vouchedBy: Check | null;
}

/** Where a session left the project. */
export interface Place {
  readonly checkpoint: string;
  readonly head: string | null;
}

export interface Evidence {
  readonly features: ReadonlyMap<string, FeatureEvidence>;
  /** By session number. */
  readonly places: ReadonlyMap<number, Place>;
}

export const noEvidence: FeatureEvidence = {
  ...{ changes: [], claims: [], regressions: [], triedIn: [] },
  ...{ checks: 0, lastCheck: null, vouchedBy: null },
};

/** Passing, and a command that Onward ran says so. */
export function isVerified(feature: Feature, { features }: Evidence): boolean {
  return feature.passes && (features.get(feature.id)?.vouchedBy ?? null) !== null;
}

/** Who wrote the command that vouches for a passing feature; null where nothing does. */
export function verifierOf(feature: Feature, { features }: Evidence): VerificationAuthor | null {
  const check = feature.passes ? features.get(feature.id)?.vouchedBy : null;
  return check ? authorOf(check.result, feature) : null;
}

/** How a feature stands, the one word that reports sort it by. */
export type Standing =
  | "verified"
  /** It passes by the agent's word alone. */
  | "unverified"
  /** It passed, and does not any more. */
  | "broken"
  /** Tried too often, so last in order. */
  | "deferred"
  | "open";

/** `attempts`: those of the run under way. */
export function standingOf(
  feature: Feature,
  evidence: Evidence,
  attempts: Readonly<Record<string, Attempts>>,
): Standing {
  if (feature.passes) return isVerified(feature, evidence) ? "verified" : "unverified";
  if ((attempts[feature.id]?.tries ?? 0) >= maxTries) return "deferred";
  return (evidence.features.get(feature.id)?.regressions.length ?? 0) > 0 ? "broken" : "open";
}

/** Who wrote the command: a feature's own stands in the list, which agents write. */
export function authorOf({ author }: VerificationResult, feature: Feature | null): VerificationAuthor {
  return author ?? (feature === null || feature.verify === null ? "person" : "agent");
}
