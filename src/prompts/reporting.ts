/**
 * How a session reports what it did: `{{reporting}}` in a prompt. In one place, so that a further way to report,
 * such as a tool, is told to every session by changing these words alone.
 */
export const reporting = `How to report:
- A feature that you saw work end to end: claim it with what you saw; where you have no tool for that, set its "passes" to true in feature_list.json. One that you found broken: set it to false. Change nothing else there, neither words nor steps nor order.
- What you did, decided and learned, what is not finished, what comes next: add it to claude-progress.txt, briefly.
- What only a person can do (a key, an account, a decision): raise it as a blocker, or write it there too, and go on with what can be done without.`;

/** `{{list-format}}`. */
export const listFormat = `feature_list.json is a JSON array. Each element:
  { "id": "short-stable-name", "category": "…", "description": "what must be true, for a user",
    "steps": ["how to check it, step by step"], "passes": false,
    "priority": 1, "dependsOn": ["ids that must pass first"], "verify": "a command that exits 0 exactly when it holds" }
"priority", "dependsOn" and "verify" are optional, but a feature with a good "verify" (its own test, say) can be proved and is worth ten without; one that cannot fail is refused. Put one element per feature, one field per line.`;
