import { spawnSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { atomicWrite } from "../../src/project/atomic-write.ts";
import { scratch, write } from "./scratch.ts";

describe("atomicWrite (F4)", () => {
  it("replaces the whole file, keeps its mode, and leaves nothing else", async () => {
    const dir = scratch();
    write(dir, { "list.json": "old" });
    chmodSync(join(dir, "list.json"), 0o666);
    await atomicWrite(join(dir, "list.json"), "new");
    expect(readFileSync(join(dir, "list.json"), "utf8")).toBe("new");
    expect(statSync(join(dir, "list.json")).mode & 0o777).toBe(0o666);
    expect(readdirSync(dir)).toEqual(["list.json"]);
  });

  it("replaces a symbolic link instead of writing through it", async () => {
    const dir = scratch();
    write(dir, { elsewhere: "mine" });
    symlinkSync("elsewhere", join(dir, "list.json"));
    await atomicWrite(join(dir, "list.json"), "new");
    expect(readFileSync(join(dir, "elsewhere"), "utf8")).toBe("mine");
    expect(lstatSync(join(dir, "list.json")).isFile()).toBe(true);
  });

  it("clears away what stands where its temporary file goes", async () => {
    const dir = scratch();
    mkdirSync(join(dir, ".list.json.onward-tmp", "deep"), { recursive: true });
    await atomicWrite(join(dir, "list.json"), "new");
    expect(readdirSync(dir)).toEqual(["list.json"]);
  });

  it("keeps the old content when the disk gives out, removes the rest, and says so", () => {
    const dir = scratch();
    write(dir, { "list.json": "old" });
    const script = `
      import { atomicWrite } from ${JSON.stringify(new URL("../../src/project/atomic-write.ts", import.meta.url).href)};
      const error = await atomicWrite("list.json", "x".repeat(1_000_000)).catch((error) => error);
      process.stdout.write(error.code + " " + error.message);`;
    // No file may grow past 64 blocks: the write fails half-way, as on a full disk.
    const limited = 'ulimit -f 64; exec "$0" --input-type=module -e "$1"';
    const run = spawnSync("sh", ["-c", limited, process.execPath, script], { cwd: dir, encoding: "utf8" });
    expect(run.stdout).toMatch(/^disk .*list\.json/);
    expect(readFileSync(join(dir, "list.json"), "utf8")).toBe("old");
    expect(readdirSync(dir)).toEqual(["list.json"]);
  });

  it("tells a missing directory", async () => {
    const missing = atomicWrite(join(scratch(), "no", "list.json"), "new");
    await expect(missing).rejects.toMatchObject({ code: "directory-missing" });
  });
});
