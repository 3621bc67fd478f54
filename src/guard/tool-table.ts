/**
 * Every tool that is known, and what is asked of it. Names and fields are those of the Claude Agent SDK 0.3
 * (`BUILTIN_TOOL_NAMES`, `sdk-tools.d.ts`) and of earlier versions.
 *
 * The policy's clause for tools, P13:
 * - P13.1 only known tools, MCP tools only by configured name
 * - P13.2 only known fields of the right type: an unknown one may mean anything (the Bash tool has an internal
 *   field that writes a file instead of running the command)
 * - P13.3 nothing that waits for a person
 * - P13.4 nothing that acts, later or elsewhere, where this guard does not see it
 * - P13.5 only plain files with one name, and directories
 */
export type Field = "text" | "optional text" | "list" | "optional boolean";

export type JudgedKind =
  | "shell"
  | "read"
  | "write"
  | "search-names"
  | "search-contents"
  | "fetch"
  | "web-search"
  | "delegate"
  | "message"
  | "mcp-resource";

export type Tool =
  /** Acts inside the agent alone, whatever its input. */
  | { readonly kind: "harmless" }
  | { readonly kind: "refused"; readonly rule: string; readonly reason: string }
  | {
      readonly kind: JudgedKind;
      /** What the decision rests on. */
      readonly fields: Readonly<Record<string, Field>>;
      /** Further fields, which change nothing that the guard cares about. */
      readonly others: readonly string[];
    };

export function findTool(name: string): Tool | undefined {
  return Object.hasOwn(tools, name) ? tools[name] : undefined;
}

const edit = { old_string: "text", new_string: "text", replace_all: "optional boolean" } as const;
const searchOptions = [
  ...["type", "output_mode", "context", "-A", "-B", "-C", "-n", "-i", "-o"],
  ...["head_limit", "offset", "multiline"],
];
const agent = judged("delegate", { prompt: "text", isolation: "optional text" }, [
  ...["description", "subagent_type", "model", "effort", "run_in_background", "name", "team_name", "mode"],
  ...["resume", "max_turns"],
]);

const decideYourself =
  "No person is there. Decide yourself, and write the decision into claude-progress.txt.";
const stayHere = "A session works in the project's own tree. Use a branch if you need one.";
const noSchedule = "Onward decides when sessions run. Write what is left to do into claude-progress.txt.";
const noSkill =
  "Skills may run commands that the guard does not see. Take the steps yourself, with the other tools.";
const nothingLeaves =
  "Nothing is published or sent from an unattended session. Write it into a file of the project.";

const tools: Readonly<Record<string, Tool>> = {
  Bash: judged("shell", { command: "text", dangerouslyDisableSandbox: "optional boolean" }, [
    ...["description", "timeout", "run_in_background"],
  ]),
  // Its other source, `ws`, would be a connection to anywhere.
  Monitor: judged("shell", { command: "text" }, ["description", "timeout_ms"]),

  Read: judged("read", { file_path: "text" }, ["offset", "limit", "pages", "allow_large"]),
  NotebookRead: judged("read", { notebook_path: "text" }, ["cell_id"]),
  LS: judged("read", { path: "text" }, ["ignore"]),
  Glob: judged("search-names", { pattern: "text", path: "optional text" }),
  Grep: judged("search-contents", { path: "optional text", glob: "optional text" }, [
    "pattern",
    ...searchOptions,
  ]),

  Write: judged("write", { file_path: "text", content: "text" }),
  Edit: judged("write", { file_path: "text", ...edit }),
  MultiEdit: judged("write", { file_path: "text", edits: "list" }),
  NotebookEdit: judged("write", { notebook_path: "text" }, [
    ...["cell_id", "new_source", "cell_type", "edit_mode"],
  ]),

  WebFetch: judged("fetch", { url: "text" }, ["prompt", "offset"]),
  WebSearch: judged("web-search", { query: "text" }, ["allowed_domains", "blocked_domains"]),

  // Subagents inherit the hooks, so each of their calls comes here too.
  Agent: agent,
  Task: agent,
  SendMessage: judged("message", { to: "text" }, ["message", "summary"]),
  ReadMcpResourceTool: judged("mcp-resource", { server: "text" }, ["uri"]),
  ReadMcpResourceDirTool: judged("mcp-resource", { server: "text" }, ["uri"]),

  ...each(
    ["TodoWrite", "TaskCreate", "TaskGet", "TaskUpdate", "TaskList", "ReportFindings", "StructuredOutput"],
    { kind: "harmless" },
  ),
  // Look at, or end, what the agent itself started.
  ...each(
    ["BashOutput", "TaskOutput", "AgentOutputTool", "KillShell", "KillBash", "TaskStop", "ListAgents"],
    { kind: "harmless" },
  ),
  // Load descriptions of tools, which are judged when they are called; end a plan or a turn.
  ...each(["ToolSearch", "ListMcpResourcesTool", "WaitForMcpServers", "ExitPlanMode", "SubagentHandback"], {
    kind: "harmless",
  }),

  ...each(
    ["AskUserQuestion", "EnterPlanMode", "SetGoal", "propose_skills"],
    refused("P13.3", decideYourself),
  ),
  ...each(["EnterWorktree", "ExitWorktree"], refused("P13.4", stayHere)),
  ...each(["CronCreate", "CronDelete", "CronList", "ScheduleWakeup"], refused("P13.4", noSchedule)),
  ...each(
    ["RemoteTrigger", "Workflow"],
    refused("P13.4", "Work in this session, with its own tools and agents."),
  ),
  ...each(["Skill", "SlashCommand"], refused("P13.4", noSkill)),
  ...each(
    ["Artifact", "SendFeedback", "PushNotification", "SendUserFile", "SendUserMessage", "Projects"],
    refused("P13.4", nothingLeaves),
  ),
};

function judged(
  kind: JudgedKind,
  fields: Readonly<Record<string, Field>>,
  others: readonly string[] = [],
): Tool {
  return { kind, fields, others };
}

function refused(rule: string, reason: string): Tool {
  return { kind: "refused", rule, reason };
}

function each(names: readonly string[], tool: Tool): Readonly<Record<string, Tool>> {
  return Object.fromEntries(names.map((name) => [name, tool]));
}
