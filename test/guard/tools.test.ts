import { link, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { BUILTIN_TOOL_NAMES } from "@anthropic-ai/claude-agent-sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createGuard, type Guard, type GuardOptions } from "../../src/guard/tools.ts";
import type { Verdict } from "../../src/guard/verdict.ts";

const features = [
  { id: "a", description: "adds", steps: ["look"], passes: false, note: "mine" },
  { id: "b", description: "subtracts", steps: ["look"], passes: true },
];
const listText = JSON.stringify(features, null, 2);

let base: string;
let project: string;
let home: string;
let scratch: string;
let options: GuardOptions;
let guard: Guard;

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "onward-guard-")));
  home = join(base, "home");
  project = join(home, "project");
  scratch = join(base, "scratch");
  options = { project, home, tmpdir: scratch, profile: "strict" };
});
afterAll(async () => {
  await rm(base, { recursive: true, force: true });
});
beforeEach(async () => {
  await rm(home, { recursive: true, force: true });
  await mkdir(join(project, "src"), { recursive: true });
  await mkdir(join(project, ".git/hooks"), { recursive: true });
  await mkdir(join(project, ".onward/sessions"), { recursive: true });
  await mkdir(join(home, ".ssh"), { recursive: true });
  await mkdir(join(base, "elsewhere"), { recursive: true });
  await mkdir(scratch, { recursive: true });
  await writeFile(join(project, "src/main.ts"), "export {};\n");
  await writeFile(join(project, ".git/config"), "");
  await writeFile(join(project, "feature_list.json"), listText);
  await writeFile(join(home, ".ssh/id_ed25519"), "key");
  await writeFile(join(base, "elsewhere/file"), "x");
  guard = createGuard(options);
});

type Input = Record<string, unknown>;
const decide = (tool: string, input: Input, sessionType: "init" | "continue" = "continue") =>
  guard.decide({ tool, input, cwd: project }, { sessionType });
const read = (path: string) => decide("Read", { file_path: path });
const write = (path: string) => decide("Write", { file_path: path, content: "x" });

/** `allowed`, or the rule that denied. */
const told = (verdict: Verdict) => (verdict.allow ? "allowed" : verdict.rule);

describe("file tools", () => {
  it("read and write in the project and the scratch directory, existing or not", async () => {
    for (const path of [
      "src/main.ts",
      "src/new/deep/file.ts",
      "./README.md",
      "src/../x",
      "..hidden",
      "a b",
    ]) {
      expect([path, told(await write(path))]).toEqual([path, "allowed"]);
      expect([path, told(await write(join(project, path)))]).toEqual([path, "allowed"]);
      expect([path, told(await read(path))]).toEqual([path, "allowed"]);
    }
    expect(told(await write(join(scratch, "x")))).toBe("allowed");
    expect(told(await write("~/project/src/x"))).toBe("allowed");
    expect(told(await decide("LS", { path: project }))).toBe("allowed");
    expect(told(await decide("NotebookEdit", { notebook_path: "n.ipynb", new_source: "1" }))).toBe("allowed");
  });

  it("read the system's libraries, and nothing else outside (P3.2)", async () => {
    for (const path of ["/usr/include/stdio.h", "/usr/lib", "/opt/x", "/etc/os-release", "/proc/cpuinfo"]) {
      expect([path, told(await read(path))]).toEqual([path, "allowed"]);
    }
    for (const path of [
      ...[
        "/",
        "/etc/passwd",
        "/etc/shadow",
        "/root/.bashrc",
        "/proc/self/environ",
        "/proc/1/environ",
        "/dev/zero",
      ],
      ...[
        "/proc/self/root/etc/passwd",
        "/proc/self/cwd/x",
        "/dev/fd/3",
        "/usr/../etc/passwd",
        "/var/log/syslog",
      ],
      ...[
        "..",
        "../../elsewhere/file",
        "src/../../x",
        "~",
        "~/.ssh/id_ed25519",
        "~/.claude/settings.json",
        "//etc/passwd",
      ],
    ]) {
      expect([path, told(await read(path))]).toEqual([path, path.startsWith("~/.") ? "P3.3" : "P3.2"]);
    }
  });

  it("write nowhere else (P3.1)", async () => {
    for (const path of [
      ...[
        "/tmp/x",
        "/usr/lib/x",
        "/etc/os-release",
        "../x",
        "~/.bashrc",
        "~/.ssh/authorized_keys",
        `${project}-2/x`,
      ],
      ...[`${scratch}/../x`, "src/../../project2/x", "/opt/x"],
    ]) {
      expect([path, told(await write(path))]).toEqual([path, path.includes(".ssh") ? "P3.3" : "P3.1"]);
    }
  });

  it("never write what steers git, the agent or Onward (P3.4)", async () => {
    for (const path of [
      ...[
        ".git/config",
        ".git/hooks/pre-commit",
        ".git",
        ".GIT/config",
        ".git./config",
        ".g\u200cit/config",
        "GIT~1/config",
      ],
      ...[
        ".claude/settings.json",
        ".Claude/settings.local.json",
        ".onward/journal.db",
        ".ONWARD/x",
        ".husky/pre-commit",
      ],
      ...[
        "onward.config.json",
        "Onward.Config.ts",
        "onward.config.mjs",
        ".mcp.json",
        ".MCP.json",
        ".envrc",
        ".envrc ",
      ],
      ...[
        "src/../.git/config",
        "./.claude/x",
        "vendor/lib/.git/config",
        "feature_list.json/x",
        "Feature_List.json",
      ],
    ]) {
      const rule = told(await write(join(project, path)));
      expect([path, rule]).toEqual([path, path.endsWith(" ") ? "P13.2" : "P3.4"]);
    }
    expect(told(await write(join(scratch, "clone/.git/config")))).toBe("P3.4");
    for (const path of [
      ".gitignore",
      ".github/workflows/ci.yml",
      "docs/.onward.md",
      "fixtures/.husky/x",
      "src/.mcp.json",
    ]) {
      expect([path, told(await write(path))]).toEqual([path, "allowed"]);
    }
  });

  it("read configuration, but not Onward's records", async () => {
    for (const path of [".git/config", ".claude/settings.json", "onward.config.json", "feature_list.json"]) {
      expect([path, told(await read(path))]).toEqual([path, "allowed"]);
    }
    for (const path of [".onward/sessions/0001/transcript.jsonl", ".onward", ".Onward/audit.jsonl"]) {
      expect([path, told(await read(path))]).toEqual([path, "P3.4"]);
    }
  });

  it("refuse credentials also where the project holds the home directory (P3.3)", async () => {
    guard = createGuard({ ...options, project: home });
    expect(told(await read(join(home, ".ssh/id_ed25519")))).toBe("P3.3");
    expect(told(await read(join(home, ".SSH/id_ed25519")))).toBe("P3.3");
    expect(told(await write(join(home, ".aws/credentials")))).toBe("P3.3");
    expect(told(await write(join(home, ".claude.json")))).toBe("P3.3");
    expect(told(await decide("Grep", { pattern: "key", path: home }))).toBe("P3.3");
    expect(told(await decide("Grep", { pattern: "key", path: project }))).toBe("allowed");
    expect(told(await read(join(home, "project/src/main.ts")))).toBe("allowed");
  });

  it("read further directories when told to", async () => {
    guard = createGuard({ ...options, readable: [join(base, "elsewhere")] });
    expect(told(await read(join(base, "elsewhere/file")))).toBe("allowed");
    expect(told(await write(join(base, "elsewhere/file")))).toBe("P3.1");
  });

  it("take the project under another name too", async () => {
    await symlink(project, join(base, "alias"));
    guard = createGuard({ ...options, project: join(base, "alias") });
    expect(told(await write(join(base, "alias/src/x")))).toBe("allowed");
    expect(told(await write(join(project, "src/x")))).toBe("allowed");
    expect(told(await write(join(base, "alias/.git/config")))).toBe("P3.4");
    expect(told(await decide("Edit", flip(join(base, "alias/feature_list.json"))))).toBe("allowed");
    await rm(join(base, "alias"));
  });

  it.each([
    ["Read", {}],
    ["Read", { file_path: 7 }],
    ["Read", { file_path: ["/etc/passwd"] }],
    ["Read", { file_path: "src/main.ts", run: "x" }],
    ["Write", { file_path: "x" }],
    ["Write", { file_path: "x", content: { a: 1 } }],
    ["Edit", { file_path: "x", old_string: "a", new_string: "b", replace_all: "true" }],
    ["Read", { file_path: "" }],
    ["Read", { file_path: "src/main.ts\0/../../x" }],
    ["Read", { file_path: " /etc/passwd" }],
    ["Read", { file_path: "/etc/passwd\n" }],
    ["Glob", { pattern: "*", path: null }],
    ["Bash", { command: "ls", _simulatedSedEdit: { filePath: "/etc/passwd", newContent: "" } }],
    ["Bash", { command: ["ls"] }],
    ["Monitor", { description: "x", ws: { url: "wss://example.com" }, timeout_ms: 1 }],
    ["WebFetch", { url: { href: "https://example.com" } }],
    ["Read", JSON.parse('{"file_path":"src/main.ts","__proto__":{"x":1}}')],
  ])("refuse a malformed input: %s %j (P13.2)", async (tool, input) => {
    expect(told(await decide(tool, input))).toBe("P13.2");
  });
});

describe("links", () => {
  it("lead where they lead, whether the target exists or not", async () => {
    const outside = join(base, "elsewhere");
    await symlink(join(outside, "file"), join(project, "to-file"));
    await symlink(outside, join(project, "to-directory"));
    await symlink(relative(project, outside), join(project, "relative"));
    await symlink(join(outside, "missing"), join(project, "dangling"));
    await symlink("dangling", join(project, "second"));
    await symlink("/usr/lib", join(project, "lib"));
    await symlink("/proc/self/cwd", join(project, "magic"));
    await symlink("loop", join(project, "loop"));
    for (const path of [
      ...[
        "to-file",
        "to-directory/file",
        "to-directory/new/deep",
        "relative/x",
        "dangling",
        "second",
        "second/x",
      ],
      ...["lib/x", "src/../to-file", "to-directory/../elsewhere/file"],
    ]) {
      expect([path, told(await write(path))]).toEqual([path, "P3.1"]);
      if (!path.startsWith("lib")) expect([path, told(await read(path))]).toEqual([path, "P3.2"]);
    }
    expect(told(await read("lib/x"))).toBe("allowed");
    for (const path of ["magic/x", "loop", "loop/x"])
      expect([path, told(await write(path))]).toEqual([path, "P3.2"]);
    expect(told(await decide("Grep", { pattern: "x", path: "to-directory" }))).toBe("P3.2");
    expect(told(await decide("Glob", { pattern: "to-directory/**" }))).toBe("P3.2");
  });

  it("are followed as the kernel and as the tool reads `..`", async () => {
    await mkdir(join(scratch, "deep/er"), { recursive: true });
    await symlink(join(scratch, "deep/er"), join(project, "hop"));
    // Lexically project/x, for the kernel scratch/deep/x: both are fine.
    expect(told(await write("hop/../x"))).toBe("allowed");
    // For the kernel this leaves the scratch directory.
    expect(told(await write("hop/../../../elsewhere/file"))).toBe("P3.1");
    expect(told(await write("hop/../.git/config"))).toBe("P3.4");
  });

  it("do not open what is closed by name", async () => {
    await symlink(".git", join(project, "g"));
    await symlink(".git/config", join(project, "innocent.txt"));
    await symlink("../.onward", join(project, "src/logs"));
    await symlink("feature_list.json", join(project, "list.json"));
    await symlink(join(scratch, "settings"), join(project, ".claude"));
    expect(told(await write("g/config"))).toBe("P3.4");
    expect(told(await write("innocent.txt"))).toBe("P3.4");
    expect(told(await read("src/logs/audit.jsonl"))).toBe("P3.4");
    expect(told(await decide("Edit", { file_path: "list.json", old_string: "adds", new_string: "x" }))).toBe(
      "F1",
    );
    expect(told(await write(".claude/x"))).toBe("P3.4");
  });

  it("do not stand for the feature list", async () => {
    await rm(join(project, "feature_list.json"));
    await symlink(join(scratch, "list.json"), join(project, "feature_list.json"));
    for (const type of ["init", "continue"] as const) {
      expect(told(await decide("Write", { file_path: "feature_list.json", content: listText }, type))).toBe(
        "P3.4",
      );
    }
  });

  it("may replace the scratch directory without moving it", async () => {
    const other = join(base, "scratch-2");
    await mkdir(other);
    guard = createGuard({ ...options, tmpdir: other });
    await rm(other, { recursive: true });
    await symlink(home, other);
    expect(told(await write(join(other, ".bashrc")))).toBe("P3.1");
    await rm(other);
  });

  it("in Unicode are looked up in the form that the tool opens", async () => {
    await symlink(join(base, "elsewhere"), join(project, "caf\u00e9"));
    expect(told(await write("cafe\u0301/file"))).toBe("P3.1");
  });

  it("of the hard kind are not written through", async () => {
    await link(join(base, "elsewhere/file"), join(project, "hard"));
    expect(told(await write("hard"))).toBe("P13.5");
    expect(told(await read("hard"))).toBe("allowed");
  });

  it("end in files, not in sockets", async () => {
    const server = createServer().listen(join(project, "socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    expect(told(await read("socket"))).toBe("P13.5");
    expect(told(await write("src"))).toBe("P13.5");
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("searching", () => {
  it.each([
    ["Glob", { pattern: "**/*.ts" }, "allowed"],
    ["Glob", { pattern: "app/[...slug]/page.{ts,tsx}" }, "allowed"],
    ["Glob", { pattern: "*", path: "src" }, "allowed"],
    ["Glob", { pattern: "/usr/include/*.h" }, "allowed"],
    ["Glob", { pattern: "/etc/**" }, "P3.2"],
    ["Glob", { pattern: "~/.ssh/*" }, "P3.3"],
    ["Glob", { pattern: "../**" }, "P3.2"],
    ["Glob", { pattern: "src/../../**" }, "P3.2"],
    ["Glob", { pattern: "{..,src}/*" }, "P3.2"],
    ["Glob", { pattern: "*", path: "/" }, "P3.2"],
    ["Glob", { pattern: ".onward/**" }, "P3.4"],
    ["Grep", { pattern: "-x", "-n": true, output_mode: "content" }, "allowed"],
    ["Grep", { pattern: "x", path: "/etc" }, "P3.2"],
    ["Grep", { pattern: "x", path: ".." }, "P3.2"],
    ["Grep", { pattern: "x", path: ".onward/sessions" }, "P3.4"],
    ["Grep", { pattern: "x", glob: ".Onward/**" }, "P3.4"],
    ["Grep", { pattern: "x", "--pre": "sh" }, "P13.2"],
  ])("%s %j: %s", async (tool, input, expected) => {
    expect(told(await decide(tool, input))).toBe(expected);
  });
});

const flip = (path: string) => ({
  file_path: path,
  old_string: '"passes": false',
  new_string: '"passes": true',
});

describe("the feature list (F1)", () => {
  const edit = (old_string: string, new_string: string, more: Input = {}) =>
    decide("Edit", { file_path: "feature_list.json", old_string, new_string, ...more });
  const put = (list: unknown) =>
    decide("Write", { file_path: "feature_list.json", content: JSON.stringify(list) });
  const [a, b] = features;

  it("may change in `passes`, both ways, whatever the tool", async () => {
    expect(told(await decide("Edit", flip("feature_list.json")))).toBe("allowed");
    expect(told(await edit('"passes": true', '"passes": false'))).toBe("allowed");
    expect(told(await edit("false", "true", { replace_all: true }))).toBe("allowed");
    expect(told(await put([{ ...a, passes: true }, b]))).toBe("allowed");
    const edits = [{ old_string: "false", new_string: "true" }];
    expect(told(await decide("MultiEdit", { file_path: "feature_list.json", edits }))).toBe("allowed");
    expect(await readFile(join(project, "feature_list.json"), "utf8")).toBe(listText);
  });

  it("may change so also with other line ends", async () => {
    await writeFile(join(project, "feature_list.json"), listText.replaceAll("\n", "\r\n"));
    expect(
      told(await edit('"look"\n    ],\n    "passes": false', '"look"\n    ],\n    "passes": true')),
    ).toBe("allowed");
  });

  it("may not change in anything else", async () => {
    const denied = [
      await edit('"adds"', '"adds somehow"'),
      await edit('"look"', '"glance"', { replace_all: true }),
      await edit('"mine"', '"yours"'),
      await edit('"passes": false', '"passes": true, "verify": "true"'),
      await edit('"passes": false', '"passes": "yes"'),
      await edit(listText, "[]"),
      await edit(listText, ""),
      await edit('"passes": false', '"passes": true,,'),
      await put([b, a]),
      await put([b]),
      await put([...features, { id: "c", description: "more", passes: true }]),
      await put({ features }),
      await put(features.map(({ id, description, passes }) => ({ id, description, passes }))),
      await decide("MultiEdit", {
        file_path: "feature_list.json",
        edits: [
          { old_string: "false", new_string: "true" },
          { old_string: "subtracts", new_string: "is fine" },
        ],
      }),
      await decide("MultiEdit", { file_path: "feature_list.json", edits: [{ old_string: "false" }] }),
      await decide("NotebookEdit", { notebook_path: "feature_list.json", new_source: "" }),
    ];
    for (const verdict of denied) {
      expect(told(verdict)).toBe("F1");
      expect(verdict.allow ? "" : verdict.reason).toContain('"passes"');
    }
  });

  it("is not guessed at: the text must be there, once", async () => {
    expect(told(await edit('"passes": nope', "x"))).toBe("F1");
    expect(told(await edit('"look"', '"look"'))).toBe("F1");
    expect(told(await edit("", "x"))).toBe("F1");
  });

  it("is not written anew when it is damaged or missing", async () => {
    await writeFile(join(project, "feature_list.json"), listText.slice(0, 40));
    expect(await put(features)).toMatchObject({ allow: false, rule: "F1" });
    await rm(join(project, "feature_list.json"));
    expect(await put(features)).toMatchObject({ allow: false, rule: "F1" });
  });

  it("is written by the first session", async () => {
    const input = { file_path: "feature_list.json", content: "[]" };
    expect(told(await decide("Write", input, "init"))).toBe("allowed");
    expect(told(await decide("Write", { ...input, file_path: "FEATURE_LIST.json" }, "init"))).toBe("P3.4");
  });
});

describe("the shell", () => {
  it("is asked under the profile, in the call's directory", async () => {
    expect(told(await decide("Bash", { command: "git status", description: "look", timeout: 1000 }))).toBe(
      "allowed",
    );
    expect(told(await decide("Bash", { command: "npm test", run_in_background: true }))).toBe("allowed");
    expect((await decide("Bash", { command: "sudo reboot" })).allow).toBe(false);
    expect((await decide("Monitor", { command: "sudo reboot", timeout_ms: 1000 })).allow).toBe(false);
  });

  it("stays in its sandbox", async () => {
    const call = { command: "ls", dangerouslyDisableSandbox: true };
    expect(told(await decide("Bash", call))).toBe("P13.4");
    expect(told(await decide("Bash", { ...call, dangerouslyDisableSandbox: "true" }))).toBe("P13.2");
    expect(told(await decide("Bash", { ...call, dangerouslyDisableSandbox: false }))).toBe("allowed");
  });
});

describe("the web", () => {
  it.each([
    "https://nodejs.org/api/fs.html",
    "https://developer.mozilla.org/en-US/docs/Web?q=1#x",
    "https://docs.rs./serde",
    "https://example.com:443/x",
  ])("%s may be read", async (url) => {
    expect(told(await decide("WebFetch", { url, prompt: "read" }))).toBe("allowed");
  });

  it.each([
    ...[
      "http://nodejs.org/",
      "file:///etc/passwd",
      "ftp://example.com/x",
      "nodejs.org",
      "",
      "javascript:1",
      "data:,x",
    ],
    ...[
      "https://127.0.0.1/",
      "https://2130706433/",
      "https://0x7f.1/",
      "https://017700000001/",
      "https://[::1]/",
    ],
    ...["https://169.254.169.254/latest/meta-data", "https://[::ffff:169.254.169.254]/", "https://10.0.0.1/"],
    ...[
      "https://metadata.google.internal/",
      "https://localhost/",
      "https://LOCALHOST./",
      "https://router.lan/",
    ],
    ...[
      "https://intranet/",
      "https://127.0.0.1.nip.io/",
      "https://8.8.8.8/",
      "https://１２７.0.0.1/",
      "https://printer.local",
    ],
    ...["https://user:pw@example.com/", "https://example.com:8443/", "https://user@example.com/"],
  ])("%s may not (P8.1)", async (url) => {
    expect(told(await decide("WebFetch", { url }))).toBe("P8.1");
  });

  it("is narrowed by a list of hosts", async () => {
    guard = createGuard({ ...options, hosts: ["nodejs.org", "*.mozilla.org", "127.0.0.1"] });
    const hosts = [
      "nodejs.org",
      "developer.mozilla.org",
      "mozilla.org",
      "api.nodejs.org",
      "evilmozilla.org",
      "127.0.0.1",
    ];
    const verdicts = hosts.map(async (host) => (await decide("WebFetch", { url: `https://${host}/` })).allow);
    expect(await Promise.all(verdicts)).toEqual([true, true, false, false, false, false]);
  });

  it("gets no secrets and no long messages", async () => {
    guard = createGuard({ ...options, redact: (text) => text.replaceAll("hunter2", "[redacted]") });
    const leak = await decide("WebFetch", { url: "https://example.com/?k=hunter2" });
    expect(leak).toMatchObject({
      allow: false,
      rule: "P3.3",
      offending: "https://example.com/?k=[redacted]",
    });
    expect(told(await decide("WebSearch", { query: "what is hunter2" }))).toBe("P3.3");
    expect(told(await decide("WebSearch", { query: "node fs" }))).toBe("allowed");
    expect(told(await decide("WebFetch", { url: `https://example.com/${"x".repeat(3000)}` }))).toBe("P8.2");
  });
});

describe("other tools", () => {
  it.each([
    ["TodoWrite", { todos: [] }, "allowed"],
    ["TaskStop", { task_id: "1" }, "allowed"],
    ["BashOutput", { bash_id: "1" }, "allowed"],
    ["ToolSearch", { query: "x" }, "allowed"],
    ["Agent", { description: "x", prompt: "y", subagent_type: "Explore" }, "allowed"],
    ["Task", { description: "x", prompt: "y", isolation: "worktree" }, "P13.4"],
    ["Agent", { description: "x", prompt: "y", cwd: "/" }, "P13.2"],
    ["SendMessage", { to: "reviewer", message: "x" }, "allowed"],
    ["SendMessage", { to: "uds:/tmp/other.sock", message: "x" }, "P13.4"],
    ["AskUserQuestion", { questions: [] }, "P13.3"],
    ["EnterPlanMode", {}, "P13.3"],
    ["EnterWorktree", {}, "P13.4"],
    ["Skill", { skill: "x" }, "P13.4"],
    ["CronCreate", { cron: "* * * * *", prompt: "x" }, "P13.4"],
    ["RemoteTrigger", { action: "create" }, "P13.4"],
    ["PowerShell", { command: "ls" }, "P13.1"],
    ["bash", { command: "ls" }, "P13.1"],
    ["toString", {}, "P13.1"],
    ["__proto__", {}, "P13.1"],
    ["", {}, "P13.1"],
    ["mcp__files__read", { path: "/etc/passwd" }, "P13.1"],
  ])("%s %j: %s", async (tool, input, expected) => {
    expect(told(await decide(tool, input))).toBe(expected);
  });

  it("of MCP servers are allowed by name", async () => {
    guard = createGuard({ ...options, mcpTools: ["mcp__onward__*", "mcp__db__query"] });
    expect(told(await decide("mcp__onward__claim", { id: "a" }))).toBe("allowed");
    expect(told(await decide("mcp__db__query", {}))).toBe("allowed");
    expect(told(await decide("mcp__db__query_all", {}))).toBe("P13.1");
    expect(told(await decide("mcp__onward_evil__claim", {}))).toBe("P13.1");
    expect(told(await decide("ReadMcpResourceTool", { server: "db", uri: "x" }))).toBe("allowed");
    expect(told(await decide("ReadMcpResourceTool", { server: "d", uri: "x" }))).toBe("P13.1");
    expect(told(await decide("ReadMcpResourceTool", { server: "other", uri: "x" }))).toBe("P13.1");
  });

  it("of the SDK all get a decision and, when denied, advice", async () => {
    for (const tool of BUILTIN_TOOL_NAMES) {
      const verdict = await decide(tool, {});
      if (!verdict.allow) expect(verdict.reason.length).toBeGreaterThan(20);
      expect(verdict.rule).not.toBe("G1");
    }
  });
});

describe("the guard", () => {
  it("denies what makes it fail (G1)", async () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("no keys for you");
        },
      },
    );
    expect(told(await decide("Read", hostile))).toBe("G1");
    // @ts-expect-error: a driver that breaks its contract
    expect(told(await decide(undefined, {}))).toBe("G1");
    // @ts-expect-error: the same
    expect(told(await decide("Read", null))).toBe("P13.2");
    // @ts-expect-error: the same
    expect(told(await guard.decide(undefined, { sessionType: "init" }))).toBe("G1");
    // @ts-expect-error: the same
    expect(told(await guard.decide({ tool: "Read", input: {}, cwd: "/" }))).toBe("G1");
    expect(told(await read("x".repeat(5000)))).toBe("G1");
  });

  it("denies when it takes too long (G1)", async () => {
    guard = createGuard({ ...options, limitMs: 1 });
    const deep = join(project, ..."d".repeat(1500).split(""));
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => read(deep)));
    expect(new Set(verdicts.map(told))).toContain("G1");
  });

  it("says that it is off", async () => {
    guard = createGuard({ ...options, profile: "off" });
    expect(await decide("Read", { file_path: "/etc/shadow" })).toEqual({ allow: true, rule: "off" });
  });

  it("tells the agent what to do instead", async () => {
    const verdict = await write("../x");
    expect(verdict).toEqual({
      allow: false,
      rule: "P3.1",
      offending: "../x",
      reason: `This leads to ${join(home, "x")}, outside the project. Write inside the project, or to $TMPDIR what need not stay.`,
    });
  });
});
