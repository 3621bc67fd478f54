/** What a person should look at next, most urgent first. Markdown, a sentence or two each. */
import { newCheckpointId } from "../../core/ids.ts";
import { branchBack, branchLeftText } from "../status/branch-left-text.ts";
import { howToGoOn } from "../status/status-screen.ts";
import { count } from "../text/terminal-text.ts";
import { code, plain } from "./markdown.ts";
import type { ReportData } from "./report-data.ts";

export function adviceFor(data: ReportData): readonly string[] {
  const { status, runs, features } = data;
  const { inspection, broken, deferred, blockers, totals, rollback } = status;
  const phase = inspection.project.run?.phase;
  const of = (standing: string) => features.filter((each) => each.standing === standing).length;
  const { detail = "", hint = "" } = phase?.type === "ended" ? phase : {};
  const advice: string[] = [];
  const say = (when: boolean, text: () => string) => void (when && advice.push(text()));

  say(inspection.list.type === "damaged", () => `The feature list is damaged: ${plain(inspection.reason)}.`);
  say(
    status.status === "blocked" && detail !== "",
    () =>
      `The run is **blocked**: ${plain(detail, 300)}. ${hint === "" ? "Mend that." : hint} Then ${code("onward run")} goes on.`,
  );
  say(
    status.status === "failed",
    () => `The run **failed**, which it never should: see ${code("onward status")}.`,
  );
  if (rollback !== null && rollback.branch !== null) {
    const { commit, branch } = rollback;
    advice.push(
      `The files were **rolled back** to ${code(newCheckpointId(commit))}, and ${branchLeftText(branch)}. ${code(branchBack(branch))} puts it back as well, and keeps the files.`,
    );
  }
  say(status.status === "interrupted", () => `The run was interrupted; ${code("onward run")} goes on.`);
  say(status.status === "paused", () => `The run is paused; ${howToGoOn(inspection)}.`);
  say(
    status.status === "limit",
    () =>
      `A limit was reached with work left (${plain(detail)}). ${code("onward run")} with a larger one goes on.`,
  );
  for (const { text, featureId } of blockers) {
    advice.push(
      `The agent cannot get past this${featureId === null ? "" : ` (${code(featureId, 40)})`}: ${plain(text, 300)}`,
    );
  }
  say(
    broken.length > 0,
    () => `${some(broken)} passed once, and ${broken.length === 1 ? "does" : "do"} not any more.`,
  );
  say(
    deferred.length > 0,
    () =>
      `${some(deferred)} ${deferred.length === 1 ? "was" : "were"} tried too often without success. Smaller steps, or a hint with ${code("onward say")}, may help.`,
  );
  say(
    of("unverified") > 0,
    () =>
      `${count(of("unverified"), "feature")} ${of("unverified") === 1 ? "passes" : "pass"} by the agent's word alone. A ${code("verify")} in the feature list, or ${code("--verify")}, lets Onward check.`,
  );
  say(
    status.verifiedByAgent > 0,
    () =>
      `${count(status.verifiedByAgent, "feature")} ${status.verifiedByAgent === 1 ? "rests" : "rest"} on checks that the agent wrote itself. Read the commands below: they prove no more than they check. A command of yours, with ${code("--verify")}, does not depend on them.`,
  );
  say(
    totals.violations > 0,
    () =>
      `${count(totals.violations, "change")} of the feature list had to be undone; they are listed below.`,
  );
  say(
    runs.listChanges.some(({ eases }) => eases),
    () =>
      "What counts as done was changed from outside the sessions, by people or by a program in their name: see below whether that was you.",
  );
  say(
    runs.restored.length > 0,
    () => `The feature list was damaged and restored ${count(runs.restored.length, "time")}.`,
  );
  say(
    runs.leftOut.length > 0,
    () =>
      `Checkpoints leave out files that are too large: ${runs.leftOut
        .slice(0, 5)
        .map((path) => code(path))
        .join(", ")}.`,
  );
  return advice;
}

function some(ids: readonly string[]): string {
  const shown = ids.slice(0, 8).map((id) => code(id, 40));
  const more = ids.length - shown.length;
  return more === 0 ? shown.join(", ") : `${shown.join(", ")} and ${more} more`;
}
