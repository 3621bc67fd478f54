/** Runs a project's sessions in this terminal: shows what happens, passes signals on, and answers the exit code. */
import { fstatSync } from "node:fs";
import { constants } from "node:os";
import { isatty } from "node:tty";
import { styleText } from "node:util";
import { type OpenOptions, openProject } from "../../compose.ts";
import type { EndReason } from "../../core/event-parts.ts";
import type { RunEnd, RunHandle } from "../../loop/loop.ts";
import { asJson, iso } from "../output.ts";
import { liveOutput } from "./live.ts";
import { type PublicEvent, publicAgentEvent, publicEvents } from "./public-events.ts";
import { runView } from "./run-view.ts";

export interface FollowOptions extends Pick<OpenOptions, "dir" | "config" | "env" | "driver"> {
  /** One public event a line on stdout. */
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether to warn that nothing caps the run. */
  readonly warnUncapped: boolean;
}

export interface Followed extends RunEnd {
  /** As the command line's contract has it. */
  readonly exitCode: number;
}

const exitCodes: Record<Exclude<EndReason, "interrupted">, number> = {
  complete: 0,
  failed: 1,
  limit: 3,
  blocked: 4,
};

/** Throws what `openProject` throws, before anything was started. */
export async function followRun(options: FollowOptions): Promise<Followed> {
  const { dir, config, env, driver, json, quiet } = options;
  using out = liveOutput(process.stderr, quiet || json);
  // What no event tells is said to people beside the events too.
  const say = (text: string) => (json && !quiet ? void process.stderr.write(`${text}\n`) : out.line(text));
  const view = runView(out, dir, Date.now);
  let runId: string | null = null;
  let endPrinted = false;
  const print = ({ type, ...facts }: PublicEvent, at: number) => {
    if (!json) return;
    endPrinted ||= type === "run.ended";
    process.stdout.write(`${asJson({ type, at: iso(at), runId, ...facts })}\n`);
  };

  await using project = await openProject({
    dir,
    config,
    env,
    ...(driver === undefined ? {} : { driver }),
    onEvent(event, states) {
      runId = states.after.run?.id ?? null;
      for (const shown of publicEvents(event, states.before)) print(shown, event.at);
      view.journal(event, states);
    },
    onAgentEvent(number, event) {
      const shown = publicAgentEvent(number, event);
      if (shown !== null) print(shown, Date.now());
      view.agent(number, event);
    },
  });
  // On a finished project nothing happens any more: its end is that of the run before.
  runId ??= project.ledger.state.run?.id ?? null;
  if (project.repositoryCreated) say("made a git repository here (git init), so that progress can be kept");
  const { forgottenSince } = project;
  if (forgottenSince !== null) {
    const gone = styleText("yellow", "what earlier runs did here is not known any more");
    say(
      `${gone}: their journal is gone; the feature list is held against their last checkpoint, ${forgottenSince}`,
    );
  }
  if (options.warnUncapped) {
    say(
      styleText(
        "yellow",
        "no cap on cost, iterations or time: --max-cost, --max-iterations or --max-duration set one",
      ),
    );
  }

  const run = project.start();
  using signals = watchSignals(run, view.waitsFor, say);
  const end = await run.ended;
  // A run that was left unsettled, or not even opened, has no end in the journal; scripts get one all the same.
  if (!endPrinted) print({ type: "run.ended", ...end }, Date.now());
  out.line(endLine(end));
  const exitCode =
    end.reason === "interrupted" ? 128 + (signals.number ?? constants.signals.SIGINT) : exitCodes[end.reason];
  return { ...end, exitCode };
}

function endLine({ reason, detail, hint }: RunEnd): string {
  const colour = reason === "complete" ? "green" : reason === "interrupted" ? "yellow" : "red";
  const more = reason === "interrupted" ? " · state saved; `onward run` goes on" : "";
  const advice = hint === undefined ? "" : `\n  ${hint}`;
  return `${styleText(["bold", colour], reason)} ${detail}${more}${advice}`;
}

interface WatchedSignals extends Disposable {
  /** The first one that came, null when none did. */
  readonly number: number | null;
}

/**
 * The first signal stops gracefully, the second one ends the agent now (domain.md, decisions). Except for a SIGHUP
 * that concerns a terminal we have nothing to do with.
 */
function watchSignals(run: RunHandle, waitsFor: () => string, say: (text: string) => void): WatchedSignals {
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  let first: number | null = null;
  const onSignal = (name: (typeof names)[number]) => {
    if (name === "SIGHUP" && isDetached()) {
      say("SIGHUP: nothing here needs a terminal, going on");
      return;
    }
    if (first !== null) {
      say("ending the agent now");
      run.kill();
      return;
    }
    first = constants.signals[name];
    const what = waitsFor();
    say(`${name}: stopping${what === "" ? "" : `, waiting for ${what}`}; again to end it now`);
    run.ask("stop", name).catch(() => run.kill());
  };
  for (const name of names) process.on(name, onSignal);
  return {
    get number() {
      return first;
    },
    [Symbol.dispose]() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}

/**
 * Whether all that we say goes into files. Then a terminal that closes is no reason to stop, with `nohup` or
 * without: node sets back what `nohup` does, so that it cannot be asked for.
 */
function isDetached(): boolean {
  return !isatty(0) && [1, 2].every((fd) => fstatSync(fd).isFile());
}
