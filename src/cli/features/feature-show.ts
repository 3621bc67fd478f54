/** `onward features show <id>`: one feature, and all that speaks for it and against it. */
import { styleText } from "node:util";
import { roughDuration } from "../../config/duration.ts";
import { nearest } from "../../config/suggest.ts";
import { OnwardError } from "../../core/errors.ts";
import {
  authorOf,
  type Check,
  type Evidence,
  type FeatureEvidence,
  isVerified,
  noEvidence,
  type OutsideChange,
} from "../../core/evidence.ts";
import { type Feature, maxTries } from "../../core/features.ts";
import { newCheckpointId } from "../../core/ids.ts";
import { commandsText } from "../../core/list-change-text.ts";
import { inspectProject } from "../../inspect.ts";
import { localTime } from "../checkpoints.ts";
import { readHistory } from "../history/session-history.ts";
import { iso, print, printJson } from "../output.ts";
import { bold, clipped, cut, dim, labelled, oneLine, screenWidth, wrap } from "../text/terminal-text.ts";
import { endText, whenChecked } from "../text/verdict-text.ts";
import { requireList } from "./features.ts";

/** Throws `usage` when there is no such feature, and `feature-list-damaged`. */
export async function featureShowCommand(
  dir: string,
  id: string,
  { json }: { readonly json: boolean },
): Promise<void> {
  const { list, project } = await inspectProject(dir);
  const features = requireList(dir, list);
  const feature = features.find((each) => each.id === id);
  const { evidence } = await readHistory(dir);
  if (feature === undefined) throw noFeature(id, features, evidence);
  const tries = project.run?.attempts[id]?.tries ?? 0;
  const shown: Shown = {
    feature,
    evidence,
    file: evidence.features.get(id) ?? noEvidence,
    verified: isVerified(feature, evidence),
    tries,
    deferred: !feature.passes && tries >= maxTries,
    passing: new Set(features.filter((each) => each.passes).map((each) => each.id)),
  };
  if (json) printJson(shownJson(shown));
  else print(screen(shown));
}

interface Shown {
  readonly feature: Feature;
  readonly evidence: Evidence;
  readonly file: FeatureEvidence;
  readonly verified: boolean;
  /** Without success, in the run under way. */
  readonly tries: number;
  readonly deferred: boolean;
  /** Ids of all features that pass. */
  readonly passing: ReadonlySet<string>;
}

function noFeature(id: string, features: readonly Feature[], evidence: Evidence): OnwardError {
  const last = evidence.features.get(id)?.changes.at(-1);
  if (last?.what.includes("removed") === true) {
    const when = last.session === 0 ? "before the first session" : `after session ${last.session}`;
    return new OnwardError(
      "usage",
      `There is no feature ${oneLine(id)} any more: it was removed by hand ${when}.`,
      {
        hint: "`onward checkpoints` shows where it still is.",
      },
    );
  }
  const meant = nearest(
    id,
    features.map((feature) => feature.id),
  );
  return new OnwardError("usage", `There is no feature ${oneLine(id)}.`, {
    hint: meant === null ? "`onward features` lists them." : `Did you mean ${oneLine(meant)}?`,
  });
}

// ------------------------------------------------------------------ JSON

function shownJson({ feature, evidence, file, verified, tries, deferred }: Shown): object {
  const check = (made: Check | null) => (made === null ? null : checkJson(made, feature, evidence));
  return {
    ...feature,
    ...{ verified, deferred, tries },
    triedIn: file.triedIn,
    checks: file.checks,
    vouchedBy: check(file.vouchedBy),
    lastCheck: check(file.lastCheck),
    claims: file.claims.map((claim) => ({ ...claim, at: iso(claim.at), check: check(claim.check) })),
    changes: file.changes.map((each) => ({ ...each, at: iso(each.at) })),
    regressions: file.regressions.map((each) => ({ ...each, at: iso(each.at), check: check(each.check) })),
  };
}

function checkJson(
  { at, session, final, byHand, result }: Check,
  feature: Feature,
  { places }: Evidence,
): object {
  const { featureId: _, ...said } = result;
  const place = places.get(session);
  return {
    ...{ at: iso(at), session, final, byHand, ...said, author: authorOf(result, feature) },
    checkpoint: place?.checkpoint ?? null,
    head: place?.head ?? null,
  };
}

// ---------------------------------------------------------------- screen

function screen(shown: Shown): string {
  const { feature } = shown;
  const blocks = [
    `${bold(cut(feature.id, screenWidth - 24))}  ${verdict(shown)}`,
    wrap(feature.description, screenWidth),
    feature.steps.map((step, index) => wrap(step, screenWidth, `${index + 1}. `.padStart(5))).join("\n"),
    facts(shown),
    section("History", history(shown)),
    section("Output of the last check", output(shown.file.lastCheck)),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

function verdict({ feature, verified, deferred }: Shown): string {
  if (verified) return styleText("green", "✓ verified");
  if (feature.passes) return `${styleText("yellow", "✓ passes")}, ${styleText("yellow", "unverified")}`;
  return deferred ? styleText("yellow", "‖ deferred") : dim("· does not pass yet");
}

function facts({ feature, file, evidence, tries, passing }: Shown): string {
  const rows: readonly (readonly [string, string])[] = [
    ["category", feature.category ?? ""],
    ["priority", feature.priority === null ? "" : String(feature.priority)],
    ["needs", feature.dependsOn.map((id) => `${id} ${passing.has(id) ? "✓" : "·"}`).join(", ")],
    ["decided by", decidedBy(feature, file.lastCheck)],
    ["held", file.vouchedBy === null ? "" : standing(file.vouchedBy, evidence)],
    ["checked", file.checks < 2 ? "" : `${file.checks} times`],
    ["tried", triedText(file.triedIn, tries)],
  ];
  return rows
    .filter(([, text]) => text !== "")
    .map(([label, text]) => labelled(label, text, 10))
    .join("\n");
}

function decidedBy(feature: Feature, last: Check | null): string {
  if (last !== null) {
    const by = authorOf(last.result, feature) === "agent" ? "the agent's command" : "your command";
    return `${last.result.command} (${by})`;
  }
  if (feature.verify === null) return "nothing but the agent's word";
  return typeof feature.verify === "string" ? feature.verify : feature.verify.join(" ");
}

function standing(check: Check, { places }: Evidence): string {
  const { at, session, result } = check;
  const place = places.get(session);
  const where = place === undefined ? "" : `, at ${newCheckpointId(place.checkpoint)}`;
  return `${localTime(at)} ${whenChecked(check)}${where} (${roughDuration(result.durationMs)})`;
}

function triedText(sessions: readonly number[], tries: number): string {
  if (sessions.length === 0) return "";
  const shown = sessions.slice(-8);
  const earlier = sessions.length - shown.length;
  const which = `session${sessions.length === 1 ? "" : "s"} ${earlier > 0 ? "… " : ""}${shown.join(", ")}`;
  return tries === 0 ? which : `${which}; ${tries} of ${maxTries} times without success in this run`;
}

const shownMoments = 12;

/** Claims, regressions, and what people did to it, in the order of time. */
function history({ file }: Shown): readonly string[] {
  const moments = [
    ...file.claims.map((claim) => ({ ...claim, text: claimText(claim) })),
    ...file.regressions.map((regression) => ({
      ...regression,
      words: null,
      text: regressionText(regression),
    })),
    ...file.changes.map((change) => ({ ...change, words: null, text: outsideText(change) })),
  ].sort((a, b) => a.at - b.at);
  const shown = moments.slice(-shownMoments);
  const earlier = moments.length - shown.length;
  return [
    ...(earlier === 0 ? [] : [dim(`${earlier} before`)]),
    ...shown.flatMap(({ at, session, text, words }) => [
      `${dim(`${localTime(at)} #${session}`)}  ${text}`,
      ...(words === null ? [] : [`  ${cut(`“${oneLine(words)}”`, screenWidth - 6)}`]),
    ]),
  ];
}

function claimText({ stands, check }: FeatureEvidence["claims"][number]): string {
  if (stands === null) return "claimed, not settled yet";
  if (stands && check === null) return `${styleText("yellow", "claimed")}, nothing checks it`;
  if (stands) return `${styleText("green", "claimed, and it held")}${exitText(check)}`;
  return `${styleText("red", "claimed, did not hold")}${exitText(check)}`;
}

function regressionText({ foundBy, check }: FeatureEvidence["regressions"][number]): string {
  if (foundBy === "edit") return `${styleText("red", "broke")}: the agent took it back`;
  const found = foundBy === "check" ? "checked again" : "in the final pass";
  return `${styleText("red", "broke")}: ${found}, it did not hold${exitText(check)}`;
}

/** `edited by hand, between sessions 2 and 3; decided by `true`, before by `npm test``. */
function outsideText({ session, how, askedDuring, what, command }: OutsideChange): string {
  const between =
    session === 0 ? "before the first session" : `between sessions ${session} and ${session + 1}`;
  const when = askedDuring === null ? between : `during session ${askedDuring}`;
  const done = styleText("yellow", `${what.join(" and ")} by ${how}`);
  const decided = command === null ? "" : `; decided by ${oneLine(commandsText(command))}`;
  return `${done}, ${when}${decided}`;
}

function exitText(check: Check | null): string {
  if (check === null) return "";
  return dim(` (${endText(check.result)}, ${roughDuration(check.result.durationMs)})`);
}

const shownLines = 15;

function output(check: Check | null): readonly string[] {
  const lines = check === null ? [] : check.result.outputTail.trimEnd().split("\n");
  return lines.slice(-shownLines).map((line) => `${dim("│")} ${clipped(line, screenWidth - 4)}`);
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [bold(title), ...lines.map((line) => `  ${line}`)].join("\n");
}
