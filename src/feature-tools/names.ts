/** Under this name every driver offers the tools; agents call them `mcp__onward__claim` and so on. */
export const serverName = "onward";

/** Listed, and not read from the tools, because the guard must not open a door that nobody has looked at. */
const toolNames = ["next_features", "feature", "claim", "note", "blocker"] as const;

/** The names that the guard is asked about. */
export const guardedNames: readonly string[] = toolNames.map((name) => `mcp__${serverName}__${name}`);
