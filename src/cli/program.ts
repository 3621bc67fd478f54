/**
 * Every command with its arguments and flags. What a command does is in a file of its own, which is loaded when
 * the command is run: starting up is most of the time that a short command takes.
 */
import { readFileSync } from "node:fs";
import { Argument, Command, Option } from "@commander-js/extra-typings";
import { given } from "../config/config.ts";
import { dirHelp, jsonHelp, namedDirectory, readCommonFlags } from "./common-flags.ts";
import { addFeatureCommands } from "./features/features-commands.ts";
import { count, words } from "./flag-values.ts";
import { onClosedPipe, print } from "./output.ts";
import { demoCommandLine, readDemoFlags, readRunFlags, runCommandLine } from "./run/run-flags.ts";

export function buildProgram(): Command {
  const program = new Command("onward")
    .description("Keeps a coding agent at work until the project is done.")
    .version(ownVersion(), "-V, --version", "print the version")
    .option("--dir <dir>", dirHelp)
    .option("--config <file>", "another configuration file than the project's onward.config.json")
    .option("--quiet", "print data only, nothing beside it")
    .option("--no-color", "print no colours")
    .option("--debug", "print stack traces")
    .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
    .helpCommand(false)
    .exitOverride()
    .hook("preAction", (root, command) => {
      if (!root.opts().color) noColours();
      onClosedPipe(command.name() === "run" || command.name() === "demo" ? "go-on" : "end");
    });
  const common = () => readCommonFlags(program.opts());
  const named = (argument?: string) => namedDirectory(argument, program.opts().dir);
  const project = (argument?: string) => named(argument) ?? process.cwd();

  const run = runCommandLine().action(async (dir, options) => {
    const flags = readRunFlags(options, common());
    const { runCommand } = await import("./run/run.ts");
    process.exitCode = await runCommand(project(dir), flags);
  });
  const demo = demoCommandLine().action(async (dir, options) => {
    const flags = readDemoFlags(options, common());
    const { demoCommand } = await import("./demo.ts");
    process.exitCode = await demoCommand(named(dir), flags);
  });
  for (const command of [run, demo]) program.addCommand(command.copyInheritedSettings(program));

  program
    .command("detect")
    .description("Tell what the next session would be, and why")
    .argument("[dir]", dirHelp)
    .option("--json", jsonHelp)
    .action(async (dir, { json }) => {
      const { detectCommand } = await import("./detect.ts");
      await detectCommand(project(dir), { json: json === true, config: common().config });
    });

  program
    .command("status")
    .description("Show how far it is, what it costs, and what it is waiting for")
    .argument("[dir]", dirHelp)
    .option("--json", jsonHelp)
    .action(async (dir, { json }) => {
      const { statusCommand } = await import("./status/status.ts");
      await statusCommand(project(dir), { json: json === true, config: common().config });
    });

  program
    .command("sessions")
    .description("List the sessions")
    .argument("[dir]", dirHelp)
    .option("--json", jsonHelp)
    .action(async (dir, { json }) => {
      const { sessionsCommand } = await import("./sessions.ts");
      await sessionsCommand(project(dir), { json: json === true });
    });

  program
    .command("show")
    .description("Show one session: how it ended, features, commits, cost, denials")
    .argument("<n>", "its number", count)
    .option("--json", jsonHelp)
    .action(async (number, { json }) => {
      const { showCommand } = await import("./show.ts");
      await showCommand(project(), number, { json: json === true });
    });

  program
    .command("report")
    .description("Write a report for people: state, evidence for every feature, sessions, what to look at")
    .argument("[dir]", dirHelp)
    .option("--output <file>", "into a file instead of standard output", words)
    .option("--json", jsonHelp)
    .action(async (dir, { output, json }) => {
      const { reportCommand } = await import("./report/report.ts");
      const { config, quiet } = common();
      await reportCommand(project(dir), { output: output ?? null, json: json === true, config, quiet });
    });

  program
    .command("logs")
    .description("Print what an agent said and did")
    .argument("[dir]", dirHelp)
    .option("--session <n>", "of this session (default: the last one)", count)
    .option("--follow", "go on as the agent does")
    .option("--raw", "as recorded, one JSON message a line")
    .action(async (dir, { session, follow, raw }) => {
      const { logsCommand } = await import("./logs.ts");
      await logsCommand(project(dir), {
        session: session ?? null,
        follow: follow === true,
        raw: raw === true,
      });
    });

  addFeatureCommands(program, { project, common });

  program
    .command("stop")
    .description("Stop a run after the current tool call; `onward run` goes on from there")
    .argument("[dir]", dirHelp)
    .action(async (dir) => {
      const { stopCommand } = await import("./stop.ts");
      await stopCommand(project(dir), common());
    });

  program
    .command("audit")
    .description("List what the guard decided, and why")
    .argument("[dir]", dirHelp)
    .option("--session <n>", "only of one session", count)
    .option("--tool <name>", "only of one tool", words)
    .option("--rule <clause>", "only by one clause of the policy, such as P3.5", words)
    .addOption(new Option("--denied", "only what was denied").conflicts("allowed"))
    .option("--allowed", "only what was allowed")
    .option("--json", "print one decision a line")
    .action(async (dir, { session, tool, rule, denied, allowed, json }) => {
      const { auditCommand } = await import("./audit.ts");
      const allow = denied === true ? false : allowed;
      await auditCommand(project(dir), given({ session, tool, rule, allow }), { json: json === true });
    });

  for (const [type, does] of [
    ["pause", "Pause a run after the current tool call"],
    ["resume", "Let a paused run go on"],
  ] as const) {
    program
      .command(type)
      .description(does)
      .argument("[dir]", dirHelp)
      .action(async (dir) => {
        const { steerCommand } = await import("./steer.ts");
        await steerCommand(project(dir), { type }, common());
      });
  }

  program
    .command("say")
    .description("Hand the agent of a running project a message")
    .argument("<text>", "what to say")
    .action(async (text) => {
      const { steerCommand } = await import("./steer.ts");
      await steerCommand(project(), { type: "say", text }, common());
    });

  program
    .command("checkpoints")
    .description("List the states of the project that it can go back to")
    .argument("[dir]", dirHelp)
    .option("--json", jsonHelp)
    .action(async (dir, { json }) => {
      const { checkpointsCommand } = await import("./checkpoints.ts");
      await checkpointsCommand(project(dir), { json: json === true });
    });

  program
    .command("rollback")
    .description("Bring the project's files back to a checkpoint; the branch stays where it is")
    .argument("<id>", "such as chk_1a2b3c4d, from `onward checkpoints`")
    .argument("[dir]", dirHelp)
    .option("--force", "also when there is work that no checkpoint holds; it is kept as one first")
    .option("--json", jsonHelp)
    .action(async (id, dir, { force, json }) => {
      const { rollbackCommand } = await import("./rollback.ts");
      const { quiet } = common();
      await rollbackCommand(project(dir), id, { quiet, force: force === true, json: json === true });
    });

  program
    .command("config")
    .description("Show the configuration and where each value comes from, its JSON schema, or write a file")
    .addArgument(new Argument("[what]").choices(["show", "schema", "init"] as const).default("show" as const))
    .option("--json", jsonHelp)
    .action(async (what, { json }) => {
      const { configCommand } = await import("./config.ts");
      await configCommand(project(), what, { ...common(), json: json === true });
    });

  program
    .command("prompts")
    .description("Write the prompts that sessions are given as files, to make your own of")
    .addArgument(new Argument("<what>").choices(["init"] as const))
    .argument("<dir>", "where to; for --prompts it has to be outside the project")
    .action(async (_, dir) => {
      const { promptsInit } = await import("./prompts.ts");
      await promptsInit(dir, common().quiet);
    });

  program
    .command("doctor")
    .description("Look for what is missing on this machine, and tell how to mend it")
    .argument("[dir]", dirHelp)
    .option("--json", jsonHelp)
    .action(async (dir, { json }) => {
      const { doctorCommand } = await import("./doctor.ts");
      process.exitCode = await doctorCommand(project(dir), { config: common().config, json: json === true });
    });

  program
    .command("check")
    .description("Tell what the guard says of a shell command, and why")
    .argument("[command]", "the command, in quotes")
    .addOption(
      new Option("--guard <profile>", "the guard's profile")
        .choices(["strict", "sandboxed"] as const)
        .default("strict" as const),
    )
    .option("--cwd <dir>", "where it would run")
    .option("--home <dir>", "the home directory it would see")
    .option("--tmpdir <dir>", "the directory for temporary files it would see")
    .option("--stdin", 'answer JSON lines {"id","command"}, one line each')
    .option("--json", jsonHelp)
    .action(async (command, { cwd, home, tmpdir, guard, stdin, json }) => {
      const { checkCommandLine } = await import("./check.ts");
      const place = { dir: named(), cwd: cwd ?? null, home: home ?? null, tmpdir: tmpdir ?? null };
      const how = { guard, stdin: stdin === true, json: json === true };
      process.exitCode = await checkCommandLine(command ?? null, { ...place, ...how });
    });

  program
    .command("mcp")
    .description("Serve the feature tools on stdio (MCP), to the agent of a session")
    .argument("[dir]", dirHelp)
    .action(async (dir) => {
      const { mcpCommand } = await import("./mcp.ts");
      await mcpCommand(project(dir), ownVersion());
    });

  program
    .command("completion")
    .description("Print a script that completes onward's commands and flags in a shell")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"] as const))
    .action(async (shell) => {
      const { completionScript } = await import("./completion.ts");
      completionScript(shell);
    });

  // Some type it for --version.
  program.command("version", { hidden: true }).action(() => print(ownVersion()));
  // In place of commander's own, which takes a name that it does not know for none.
  program
    .command("help")
    .description("Print the help of a command")
    .argument("[command...]")
    .action(async (words) => {
      const { helpOf } = await import("./misspelt.ts");
      helpOf(program, words);
    });

  // What the script asks for at every press of the tabulator key.
  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .action(async (typed) => {
      const { completionAnswers } = await import("./completion.ts");
      completionAnswers(buildProgram(), typed);
    });

  return program;
}

function noColours(): void {
  process.env.NO_COLOR = "1";
  delete process.env.FORCE_COLOR;
}

function ownVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
}
