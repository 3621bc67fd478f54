/** What is protected, as it goes from people to managers. */
import type { EventOf, SettledStep } from "./events.ts";
import { type HandOver, type SessionState, settledStep } from "./run.ts";

/** What people hand over to a manager that finds no unsettled session. */
export function handOver({ commit, handedOver }: EventOf<"checkpoint.taken">): HandOver | null {
  return handedOver === undefined ? null : { checkpoint: commit, ...handedOver };
}

/** What the session that wrote the list has laid beside it, people take as a part of what they asked for. */
export function withFoundations(
  handedOver: HandOver | null,
  { sessionType }: SessionState,
  settled: readonly SettledStep[],
): HandOver | null {
  const listed = (settledStep(settled, "integrity")?.total ?? null) !== null;
  const checkpoint = settledStep(settled, "checkpoint");
  if (handedOver === null || checkpoint === undefined || sessionType !== "init" || !listed) return handedOver;
  return { ...handedOver, commits: [...handedOver.commits, checkpoint.commit] };
}
