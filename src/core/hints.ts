/** What a person can do about a run that is blocked, by what blocks it; `onward run` goes on afterwards. */
export const hints = {
  auth: "Renew the key or the login that the agent uses; `onward doctor` says which one it finds.",
  billing: "Settle the account (payment, credits, or what an administrator switched off).",
  "not-found":
    "Name a model that the account may use (`onward run --model <name>`); `onward doctor` says whether the agent's program is there.",
  unreachable: "See whether the service is up and this machine reaches it; `--max-wait` allows longer waits.",
  crashed:
    "`onward logs` shows what the agent did last, `onward doctor` whether this machine has what it needs.",
  stalled: "`onward logs` shows where it stood still; `--stall` and `toolMax` allow longer silences.",
  refused:
    "`onward logs` shows what was refused; say in the specification, or with `onward say`, what it is for.",
  emptyInits:
    "`onward logs` shows what the agent made of it. Say more in the specification, or write feature_list.json yourself.",
  damagedList:
    "Mend the file, or take an older one out of git or a checkpoint (`onward checkpoints`). No session starts without it.",
  stuck:
    "`onward show <n>` and `onward logs` tell what the sessions tried. Mend what is in the way, or say how with `onward say`.",
} as const;
