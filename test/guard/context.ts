import type { ShellContext } from "../../src/guard/shell.ts";

export const context: ShellContext = {
  project: "/home/agent/project",
  cwd: "/home/agent/project",
  home: "/home/agent",
  tmpdir: "/tmp/agent-scratch",
};
