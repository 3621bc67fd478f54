declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `run_` and twelve hexadecimal digits. */
export type RunId = Branded<"RunId">;
/** `ses_` and twelve hexadecimal digits: the value of the marker variable that a session's processes carry. */
export type SessionMarker = Branded<"SessionMarker">;
/** The agent's own name of its conversation; a UUID, because that is what the agents accept. */
export type AgentSessionId = Branded<"AgentSessionId">;
/** `chk_` and the first eight digits of the checkpoint's commit: what people type to go back to it. */
export type CheckpointId = Branded<"CheckpointId">;

/** `entropy` is a random UUID: the core has no source of randomness of its own. */
export const newRunId = (entropy: string): RunId => `run_${short(entropy)}` as RunId;
export const newSessionMarker = (entropy: string): SessionMarker => `ses_${short(entropy)}` as SessionMarker;
export const newAgentSessionId = (entropy: string): AgentSessionId => entropy as AgentSessionId;
export const newCheckpointId = (commit: string): CheckpointId => `chk_${commit.slice(0, 8)}` as CheckpointId;

function short(entropy: string): string {
  return entropy.replaceAll("-", "").slice(0, 12);
}
