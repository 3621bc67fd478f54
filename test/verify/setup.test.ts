import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { findMarked } from "../../src/processes/tree.ts";
import { runCommand } from "../../src/verify/run-command.ts";
import { type SetupSettings, setUp } from "../../src/verify/setup.ts";
import type { CommandPlace } from "../../src/verify/started-command.ts";
import { newMarker } from "../processes/shell.ts";

const settings: SetupSettings = {
  setup: null,
  setupTimeoutMs: 20_000,
  ready: null,
  teardown: null,
  port: null,
};

function place(): CommandPlace {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), "onward-setup-")));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  return { cwd, env: { PATH: process.env.PATH }, marker: newMarker() };
}

/** A server that answers with its first argument as the status; it says when it was asked to end. */
const server = [
  process.execPath,
  "-e",
  `const { createServer } = require("node:http");
   createServer((_, response) => { response.statusCode = Number(process.argv.at(-1)); response.end(); })
     .listen(Number(process.env.PORT), "127.0.0.1", () => console.log("up"));`,
];

async function up(over: Partial<SetupSettings>, at = place(), signal = new AbortController().signal) {
  return { at, around: await setUp({ ...settings, ...over }, at, signal) };
}

describe("the setup", () => {
  it("is waited for until something listens on the port, which the commands find in PORT", async () => {
    const { at, around } = await up({ setup: [...server, "200"], ready: "port", port: "free" });
    expect(around.failure).toBeNull();
    expect(around.env.ONWARD_PORT).toBe(around.env.PORT);
    const answer = await fetch(`http://127.0.0.1:${around.env.PORT}/`);
    expect(answer.status).toBe(200);
    expect(await around.end()).toBeNull();
    expect(await findMarked(at.marker)).toEqual([]);
  });

  it("is waited for until a URL answers with anything but a fault of the server", async () => {
    const ready = "http://127.0.0.1:{port}/health";
    const { around } = await up({ setup: [...server, "404"], ready, port: "free" });
    expect(around.failure).toBeNull();
    await around.end();
    const limit = { ready, port: "free", setupTimeoutMs: 1500 } as const;
    const { around: faulty } = await up({ setup: [...server, "503"], ...limit });
    expect(faulty.failure).toMatchObject({
      role: "setup",
      ok: false,
      outputTail: expect.stringMatching(
        /^up\n+\[nothing answered at http:\/\/127.0.0.1:\d+\/health within 1.5 s\]$/,
      ),
    });
    await faulty.end();
  });

  it("survives the commands and their end, and may leave its server in the background", async () => {
    const at = place();
    writeFileSync(join(at.cwd, "server.cjs"), server[2] ?? "");
    const setup = `'${process.execPath}' server.cjs 200 >/dev/null 2>&1 & echo started`;
    const { around } = await up({ setup, ready: "port", port: "free" }, at);
    expect(around.failure).toBeNull();
    const signal = new AbortController().signal;
    const command = { cwd: at.cwd, env: around.env, marker: `${at.marker}.check`, timeoutMs: 5000, signal };
    expect((await runCommand({ ...command, command: "true" })).exitCode).toBe(0);
    expect((await fetch(`http://127.0.0.1:${around.env.PORT}/`)).status).toBe(200);
    await around.end();
    expect(await findMarked(at.marker)).toEqual([]);
  });

  it("has to end well where nothing tells that it is up", async () => {
    expect((await up({ setup: "echo built > built" })).around.failure).toBeNull();
    const { around } = await up({ setup: "echo no database; exit 7" });
    expect(around.failure).toMatchObject({ exitCode: 7, outputTail: "no database\n\n[the setup failed]" });
    const { around: staying } = await up({ setup: "tail -f /dev/null", setupTimeoutMs: 200 });
    expect(staying.failure?.outputTail).toContain("verify.ready");
    await staying.end();
    expect((await up({ setup: ["no-such-program"] })).around.failure).toMatchObject({ exitCode: 127 });
  });

  it("that fails is not waited for", async () => {
    const { around } = await up({ setup: "exit 1", ready: "port", port: "free", setupTimeoutMs: 600_000 });
    expect(around.failure).toMatchObject({ exitCode: 1 });
  });

  it("does not start where somebody else's server answers already (V5)", async () => {
    const other = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
    await once(other, "listening");
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const { at, around } = await up({ setup: "touch started", ready: "port", port });
    expect(around.failure?.outputTail).toContain(`something else answers at port ${port}`);
    expect(existsSync(join(at.cwd, "started"))).toBe(false);
  });
});

describe("the teardown (V4)", () => {
  it("runs while the setup is still up, with its port", async () => {
    const teardown = [
      process.execPath,
      "-e",
      'fetch("http://127.0.0.1:" + process.env.PORT).then((r) => require("fs").writeFileSync("seen", String(r.status)))',
    ];
    const { at, around } = await up({ setup: [...server, "204"], ready: "port", port: "free", teardown });
    expect(await around.end()).toBeNull();
    expect(readFileSync(join(at.cwd, "seen"), "utf8")).toBe("204");
  });

  it("runs after a setup that failed, and tells its own failure", async () => {
    const { at, around } = await up({ setup: "exit 1", teardown: "touch torn; echo stuck; exit 2" });
    expect(await around.end()).toMatchObject({
      role: "teardown",
      ok: false,
      exitCode: 2,
      outputTail: "stuck\n",
    });
    expect(existsSync(join(at.cwd, "torn"))).toBe(true);
  });

  it("runs after an abort, and ends what the setup had started", async () => {
    const stop = new AbortController();
    const at = place();
    const coming = up(
      { setup: "echo $$ > up; tail -f /dev/null", ready: "port", port: "free", teardown: "touch torn" },
      at,
      stop.signal,
    );
    await vi.waitFor(() => expect(existsSync(join(at.cwd, "up"))).toBe(true), 10_000);
    stop.abort();
    const { around } = await coming;
    expect(await around.end()).toBeNull();
    expect(existsSync(join(at.cwd, "torn"))).toBe(true);
    expect(await findMarked(at.marker)).toEqual([]);
  });
});
