/** Folds the journal into what speaks for each feature. */

import type { ListChange, VerificationResult } from "./event-parts.ts";
import type { RunEvent, SettledStep } from "./events.ts";
import {
  type Check,
  type Claim,
  type Evidence,
  type FeatureEvidence,
  noEvidence,
  type OutsideChange,
  type Place,
  type Regression,
} from "./evidence.ts";
import { isBlameless } from "./verdicts.ts";

/** The events that `evidenceOf` reads; the others tell nothing of features. */
export const evidenceTypes: readonly RunEvent["type"][] = [
  "session.starting",
  "claim.made",
  "session.settled",
  "session.ended",
  "gate.ended",
  "checked",
  "checkpoint.taken",
  "rolled-back",
  "list.edit-asked",
  "list.edited",
  "list.changed",
];

export function evidenceOf(events: Iterable<RunEvent>): Evidence {
  const fold = newFold();
  for (const event of events) fold.take(event);
  return { features: fold.files, places: fold.places };
}

const editNames = { add: "added", edit: "edited", reprioritise: "reprioritised" } as const;

interface File extends FeatureEvidence {
  readonly changes: OutsideChange[];
  readonly claims: Claim[];
  readonly regressions: Regression[];
  readonly triedIn: number[];
  checks: number;
  lastCheck: Check | null;
  vouchedBy: Check | null;
  /** Every change of `vouchedBy`: a rollback goes back to one. */
  readonly vouchers: { readonly moment: number; readonly check: Check | null }[];
}

/** Its state changes in place: copying it for each of a hundred thousand events would be most of the work. */
function newFold() {
  const files = new Map<string, File>();
  const places = new Map<number, Place>();
  /** When a commit held the files as they were. */
  const moments = new Map<string, number>();
  let moment = 0;
  let session = 0;
  let atWork = false;
  /** For each change that was asked for and is not made, the session that was at work then. */
  const asked: (number | null)[] = [];
  /** Claimed in this session. */
  let claimed = new Set<string>();

  return { files, places, take };

  function take(event: RunEvent): void {
    moment += 1;
    switch (event.type) {
      case "session.starting":
        session = event.number;
        atWork = true;
        claimed = new Set();
        if (event.offered !== null) tried(event.offered);
        return;
      case "claim.made": {
        const { at, featureId, evidence, result } = event;
        const check = result === null ? null : (checked(at, [result]).get(featureId) ?? null);
        claim(featureId, { at, words: evidence, stands: result?.ok === false ? false : null, check });
        return;
      }
      case "session.settled":
        settled(event.at, event.settled);
        return;
      case "session.ended":
        atWork = false;
        return;
      case "gate.ended": {
        const checks = checked(event.at, event.results, { final: true });
        for (const id of event.regressed) regressed(event.at, id, "final pass", checks.get(id) ?? null);
        return;
      }
      case "checked":
        checked(event.at, event.results, { byHand: true });
        return;
      case "checkpoint.taken":
        moments.set(event.commit, moment);
        return;
      case "rolled-back":
        // First: the way back to before this rollback.
        moments.set(event.rescue, moment - 1);
        rollBack(moments.get(event.commit) ?? 0);
        return;
      case "list.edit-asked":
        asked.push(atWork ? session : null);
        return;
      case "list.edited": {
        const { at, edit, done } = event;
        const askedDuring = asked.shift() ?? null;
        if (done.type === "refused") return;
        if (done.unpassed) vouch(edit.id, null);
        const [command = null] = done.commands ?? [];
        changed(edit.id, { at, how: "command", askedDuring, what: [editNames[edit.type]], command });
        return;
      }
      case "list.changed":
        changedByHand(event.at, event.change);
        return;
      default:
        return;
    }
  }

  /** A verdict is about a feature as it was, and a person's word is none. Where not all are named, none counts. */
  function changedByHand(at: number, change: ListChange): void {
    const { added, edited, passing, failing, removed, more, commands = [] } = change;
    const kinds = [
      ["added", added],
      ["removed", removed],
      ["edited", edited],
      ["set to passing", passing],
      ["set to failing", failing],
    ] as const;
    const named = new Set(kinds.flatMap(([, ids]) => ids));
    const sets = kinds.map(([what, ids]) => [what, new Set(ids)] as const);
    for (const id of named) {
      const what = sets.flatMap(([kind, ids]) => (ids.has(id) ? [kind] : []));
      const command = commands.find(({ featureId }) => featureId === id) ?? null;
      changed(id, { at, how: "hand", askedDuring: null, what, command });
    }
    for (const id of more > 0 ? files.keys() : named) vouch(id, null);
  }

  function changed(id: string, change: Omit<OutsideChange, "session">): void {
    fileOf(id).changes.push({ ...change, session });
  }

  function settled(at: number, step: SettledStep): void {
    switch (step.step) {
      case "integrity":
        for (const id of step.claimed) {
          // The list shows what the tool has told already, unless the agent claimed it once more by hand.
          if (decide(id, {})?.stands !== null) claim(id, { at, words: null, stands: null, check: null });
        }
        for (const id of step.regressed) regressed(at, id, "edit", null);
        return;
      case "verification":
        for (const [id, check] of checked(at, step.results)) decide(id, { check });
        return;
      case "list": {
        const passed = new Set(step.passed);
        // Also what the agent claimed, and took back before anybody looked.
        for (const id of claimed) if (!passed.has(id)) decide(id, { stands: false });
        for (const id of passed) {
          // Nothing decided this claim: what vouched for an earlier one does not vouch for it.
          if (decide(id, { stands: true })?.check === null) vouch(id, null);
        }
        for (const id of step.failed) {
          const check = lastCheckOf(id);
          if (!claimed.has(id)) regressed(at, id, "check", check);
        }
        return;
      }
      case "checkpoint":
        places.set(session, { checkpoint: step.commit, head: step.head });
        moments.set(step.commit, moment);
        return;
      case "notes":
        return;
      default:
        throw new Error(`unknown step ${JSON.stringify(step satisfies never)}`);
    }
  }

  function checked(
    at: number,
    results: readonly VerificationResult[],
    { final = false, byHand = false } = {},
  ): Map<string, Check> {
    const checks = new Map<string, Check>();
    for (const result of results) {
      if (result.featureId === null) continue;
      const check = { at, session, final, byHand, result };
      const file = fileOf(result.featureId);
      file.checks += 1;
      file.lastCheck = check;
      if (!isBlameless(result)) vouch(result.featureId, result.ok ? check : null);
      checks.set(result.featureId, check);
    }
    return checks;
  }

  function claim(id: string, made: Omit<Claim, "session">): void {
    tried(id);
    claimed.add(id);
    fileOf(id).claims.push({ ...made, session });
  }

  /** Completes this session's claim of a feature; null when it made none. */
  function decide(id: string, verdict: Partial<Claim>): Claim | null {
    const { claims } = fileOf(id);
    const claim = claims.at(-1);
    if (claim === undefined || claim.session !== session) return null;
    const decided = { ...claim, ...verdict };
    claims[claims.length - 1] = decided;
    return decided;
  }

  function regressed(at: number, id: string, foundBy: Regression["foundBy"], check: Check | null): void {
    fileOf(id).regressions.push({ at, session, foundBy, check });
    vouch(id, null);
  }

  /** What was found out about files that are gone vouches for nothing; what held for those of then does again. */
  function rollBack(to: number): void {
    for (const [id, { vouchers }] of files) {
      vouch(id, vouchers.findLast((voucher) => voucher.moment <= to)?.check ?? null);
    }
  }

  function vouch(id: string, check: Check | null): void {
    const file = fileOf(id);
    if (file.vouchedBy === check) return;
    file.vouchedBy = check;
    file.vouchers.push({ moment, check });
  }

  function tried(id: string): void {
    const { triedIn } = fileOf(id);
    if (triedIn.at(-1) !== session) triedIn.push(session);
  }

  function lastCheckOf(id: string): Check | null {
    const { lastCheck } = fileOf(id);
    return lastCheck?.session === session ? lastCheck : null;
  }

  function fileOf(id: string): File {
    const known = files.get(id);
    if (known !== undefined) return known;
    const file: File = { ...noEvidence, changes: [], claims: [], regressions: [], triedIn: [], vouchers: [] };
    files.set(id, file);
    return file;
  }
}
