/** The guard's answer to one tool call. `rule` names the policy clause, such as `P3.4`. */
export type Verdict =
  | { readonly allow: true; readonly rule: string }
  | {
      readonly allow: false;
      readonly rule: string;
      /** The part of the call that was refused, verbatim. */
      readonly offending: string;
      /** Written for the agent: what was refused and what to do instead. */
      readonly reason: string;
    };
