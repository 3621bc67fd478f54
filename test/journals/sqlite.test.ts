import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDurable, openDatabase, setDurable } from "../../src/journals/database.ts";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import { ended, journalContract } from "./contract.ts";

journalContract("sqlite", async () => {
  const directory = mkdtempSync(join(tmpdir(), "onward-journal-"));
  return {
    open: () => sqliteJournal({ file: join(directory, "journal.db") }),
    [Symbol.asyncDispose]: async () => rmSync(directory, { recursive: true }),
  };
});

const program = fileURLToPath(new URL("./writing-main.ts", import.meta.url));
let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "onward-journal-"));
  file = join(directory, "journal.db");
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("kill -9 under load", () => {
  it("loses no acknowledged event (J1)", async () => {
    let acknowledged = 0;
    for (let round = 0; round < 5; round += 1) {
      const child = spawn(process.execPath, [program, "append", file], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const enough = acknowledged + 40 + round * 53;
      for await (const line of createInterface(child.stdout)) {
        acknowledged = Number(line);
        if (acknowledged > enough) child.kill("SIGKILL");
      }
      await using journal = await sqliteJournal({ file });
      const events = await journal.read(0);
      expect(acknowledged).toBeGreaterThan(enough);
      expect(events.length).toBeGreaterThanOrEqual(acknowledged);
      expect(events.at(-1)?.version).toBe(await journal.version());
      // The child's appends of 1 to 3 events end at any version but 2, 5, 8…: all of an append or nothing.
      expect(events.length % 3).not.toBe(2);
    }
  }, 30_000);

  it("undoes an unfinished commit of a rollback journal (a file system without WAL)", async () => {
    await (await sqliteJournal({ file }))[Symbol.asyncDispose]();
    const script = `const db = new (require("node:sqlite").DatabaseSync)(process.argv[1]);
      db.exec("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN");
      for (let i = 1; i < 500; i++) db.exec("INSERT INTO events VALUES (" + i + ", 'paused', 1, '" + "x".repeat(2000) + "')");
      process.kill(process.pid, "SIGKILL");`;
    await once(spawn(process.execPath, ["-e", script, file], { stdio: "ignore" }), "exit");
    expect(existsSync(`${file}-journal`)).toBe(true);
    await using journal = await sqliteJournal({ file });
    expect(await journal.read(0)).toEqual([]);
    expect(await journal.append(0, [ended(1)])).toBe(1);
  });
});

describe("a journal that is damaged or newer is refused and left as it is (J3)", () => {
  /** 200 events of several pages, closed. */
  async function fill(): Promise<void> {
    await using journal = await sqliteJournal({ file });
    await journal.append(
      0,
      Array.from({ length: 200 }, (_, i) => ended(i)),
    );
    await journal.saveSnapshot(1, { version: 150, state: {} });
  }

  async function refused(code: string, message: RegExp): Promise<void> {
    const before = contents();
    for (const readOnly of [false, true]) {
      await expect(sqliteJournal({ file, readOnly })).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
        hint: expect.stringContaining(code === "journal-newer" ? "Update" : `Move ${file} aside`),
      });
    }
    expect(contents()).toEqual(before);
  }

  /** Except the index of the log, which is rebuilt by every opening. */
  function contents(): Record<string, string> {
    const names = readdirSync(directory).filter((name) => !name.endsWith("-shm"));
    const full = names.map((name) => [name, readFileSync(join(directory, name), "base64")] as const);
    return Object.fromEntries(full.filter(([, content]) => content !== ""));
  }

  function alter(sql: string): void {
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
  }

  it.each([0, 1, 15, 99, 100, 511, 4095, 4096, 4097, 8192, 20_000])("cut off at byte %d", async (length) => {
    await fill();
    truncateSync(file, length);
    if (length === 0) writeFileSync(file, "");
    await refused("journal-damaged", /damaged/);
  });

  it("cut off by its last page, by one byte", async () => {
    await fill();
    truncateSync(file, readFileSync(file).length - 4096);
    await refused("journal-damaged", /damaged/);
    truncateSync(file, readFileSync(file).length - 1);
    await refused("journal-damaged", /damaged/);
  });

  it("cut off while a log is left", async () => {
    await fill();
    const script = `const db = new (require("node:sqlite").DatabaseSync)(process.argv[1]);
      db.exec("INSERT INTO inbox (at, command) VALUES (1, 'null')"); process.kill(process.pid, "SIGKILL");`;
    await once(spawn(process.execPath, ["-e", script, file], { stdio: "ignore" }), "exit");
    truncateSync(file, readFileSync(file).length - 4096);
    await refused("journal-damaged", /part of the file is missing/);
  });

  it("garbage", async () => {
    writeFileSync(file, "x".repeat(10_000));
    await refused("journal-damaged", /not a database/);
  });

  it("another program's database", async () => {
    alter("CREATE TABLE events (version INTEGER PRIMARY KEY)");
    await refused("journal-damaged", /not a journal of Onward/);
  });

  it("a table is missing", async () => {
    await fill();
    alter("DROP TABLE inbox");
    await refused("journal-damaged", /no such table/);
  });

  it.each([
    ["an event is missing near the end", "DELETE FROM events WHERE version = 195", /event 195 is missing/],
    ["the first event is missing", "DELETE FROM events WHERE version = 1", /begins with event 2/],
    ["the end is missing", "DELETE FROM events WHERE version > 140", /ends with event 140/],
    ["all is missing", "DELETE FROM events", /ends with event 0/],
    ["an event is not JSON", "UPDATE events SET body = '{' WHERE version = 200", /event 200/],
    ["an event is not an object", "UPDATE events SET body = '[1]' WHERE version = 200", /event 200/],
    ["an event is not of its type", "UPDATE events SET type = 'paused' WHERE version = 200", /event 200/],
  ])("%s", async (_, sql, message) => {
    await fill();
    alter(sql);
    await refused("journal-damaged", message);
  });

  it("a newer schema", async () => {
    await fill();
    alter("PRAGMA user_version = 99");
    await refused("journal-newer", /schema is 99/);
  });

  it("an event of a type that a later version invented", async () => {
    await fill();
    alter(`UPDATE events SET type = 'dreamt', body = '{"type":"dreamt"}' WHERE version = 199`);
    await refused("journal-newer", /"dreamt"/);
  });

  it("damage out of sight of the opening is refused when it is read", async () => {
    await fill();
    alter(`DELETE FROM events WHERE version = 50; UPDATE events SET body = '' WHERE version = 90`);
    await using journal = await sqliteJournal({ file });
    await expect(journal.read(0)).rejects.toMatchObject({ code: "journal-damaged" });
    await expect(journal.read(80)).rejects.toMatchObject({ code: "journal-damaged" });
    expect(await journal.read(100)).toHaveLength(100);
  });
});

describe("opening", () => {
  it("takes a journal of schema 1", async () => {
    const db = new DatabaseSync(file);
    db.exec(`
      CREATE TABLE events (version INTEGER PRIMARY KEY, type TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
      CREATE INDEX events_by_type ON events (type);
      CREATE TABLE snapshots (schema INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL) STRICT;
      CREATE TABLE inbox (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, command TEXT NOT NULL) STRICT;
      PRAGMA application_id = 0x4f6e7764; PRAGMA user_version = 1;
      INSERT INTO events VALUES (1, 'paused', 7, '{"type":"paused","at":7}');
      INSERT INTO inbox (at, command) VALUES (8, '{"type":"stop"}')`);
    db.close();
    await using journal = await sqliteJournal({ file });
    expect(await journal.read(0)).toEqual([{ version: 1, event: { type: "paused", at: 7 } }]);
    expect(await journal.waitingCommands()).toEqual([{ id: 1, at: 8, command: { type: "stop" } }]);
  });

  it("goes on after a cut in the log, which is what a torn last write is", async () => {
    const child = spawn(process.execPath, [program, "append", file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of createInterface(child.stdout)) if (Number(line) >= 9) child.kill("SIGKILL");
    const log = readFileSync(`${file}-wal`);
    truncateSync(`${file}-wal`, log.length - 2000);
    await using journal = await sqliteJournal({ file });
    const version = await journal.version();
    expect(version).toBeGreaterThan(0);
    expect(await journal.append(version, [ended(1)])).toBe(version + 1);
  });

  it("leaves nothing but the journal behind", async () => {
    await (await sqliteJournal({ file }))[Symbol.asyncDispose]();
    expect(readdirSync(directory)).toEqual(["journal.db"]);
  });

  it("makes one journal when many open it for the first time", async () => {
    const children = Array.from({ length: 4 }, () => spawn(process.execPath, [program, "take", file]));
    const lines = await Promise.all(children.map(async (child) => (await child.stdout.toArray()).join("")));
    expect(lines).toEqual(Array(4).fill("ready\n"));
    expect(readdirSync(directory)).toEqual(["journal.db"]);
  });

  it("prints no warning", async () => {
    const child = spawn(process.execPath, [program, "version", file]);
    const [out, err] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
    expect([out.join(""), err.join("")]).toEqual(["0\n", ""]);
  });
});

describe("a reader", () => {
  it("of a file that does not exist sees an empty journal and makes none", async () => {
    await using reader = await sqliteJournal({ file, readOnly: true });
    expect(await reader.version()).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("follows a living writer, and cannot write", async () => {
    await using writer = await sqliteJournal({ file });
    await using reader = await sqliteJournal({ file, readOnly: true });
    await writer.append(0, [ended(1)]);
    expect(await reader.read(0)).toHaveLength(1);
    await expect(reader.append(1, [ended(2)])).rejects.toMatchObject({ code: "internal" });
    await expect(reader.post({ type: "stop" }, 1)).rejects.toMatchObject({ code: "internal" });
  });
});

describe("the inbox", () => {
  it("gives every command to exactly one of several takers", async () => {
    await using journal = await sqliteJournal({ file });
    const takers = Array.from({ length: 3 }, () => spawn(process.execPath, [program, "take", file]));
    const outputs = takers.map(async (child) => (await child.stdout.toArray()).join("").trim().split("\n"));
    for (let i = 0; i < 200; i += 1) {
      await journal.post({ type: "pause" }, i);
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const taken = (await Promise.all(outputs)).flat().filter((line) => line !== "ready");
    expect(taken.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  }, 20_000);
});

describe("a disk that does not do its part", () => {
  it("full in mid append: says so, and keeps what was acknowledged", async () => {
    // The kernel refuses to let any file of the child grow beyond 200 blocks of 512 bytes.
    const child = spawn("sh", [
      "-c",
      'ulimit -f 200; exec "$@"',
      "sh",
      process.execPath,
      program,
      "append",
      file,
    ]);
    const lines = (await child.stdout.toArray()).join("").trim().split("\n");
    expect(lines.at(-1)).toBe("disk");
    await using journal = await sqliteJournal({ file });
    expect((await journal.read(0)).length).toBeGreaterThanOrEqual(Number(lines.at(-2)));
  });

  it("a directory that does not exist, or is a file", async () => {
    for (const path of [join(directory, "none", "journal.db"), join(program, "journal.db")]) {
      await expect(sqliteJournal({ file: path })).rejects.toMatchObject({ code: "disk" });
    }
  });

  it("a directory that may not be written to: a reader works, a writer says so", async () => {
    await using writer = await sqliteJournal({ file });
    await writer.append(0, [ended(1)]);
    for (const closed of [false, true]) {
      if (closed) await writer[Symbol.asyncDispose]();
      for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o444);
      chmodSync(directory, 0o555);
      expect(await unprivileged("version")).toBe("1\n");
      expect(await unprivileged("append")).toBe("disk\n");
      chmodSync(directory, 0o755);
      for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o644);
    }
  });

  /** Permissions do not bind root, so it becomes somebody else first. */
  async function unprivileged(job: string): Promise<string> {
    const identity = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const child = spawn(process.execPath, [program, job, file], { ...identity, cwd: "/" });
    const [out, err] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
    return `${out.join("")}${err.join("")}`;
  }

  it("a file system without shared memory: the rollback journal takes the place of WAL", () => {
    const url = (vfs: string) => new URL(`${pathToFileURL(file)}?vfs=${vfs}`);
    for (const [vfs, mode] of [
      ["unix-dotfile", "delete"],
      ["unix", "wal"],
    ] as const) {
      using db = openDatabase(url(vfs), { busyMs: 0 });
      expect(makeDurable(db, "WAL")).toBe(mode);
      expect(db.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 3 });
      setDurable(db, false);
      expect(db.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: mode === "wal" ? 1 : 3 });
    }
  });
});
