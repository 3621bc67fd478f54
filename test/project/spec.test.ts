import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSpec } from "../../src/project/spec.ts";
import { scratch, write } from "./scratch.ts";

describe("readSpec", () => {
  it("takes the first of the default names, or the named file", async () => {
    const dir = scratch();
    write(dir, { "spec.md": "three", "SPEC.md": "two", "docs/other.md": "\uFEFFnamed" });
    expect(await readSpec(dir, null)).toEqual({ path: join(dir, "SPEC.md"), text: "two" });
    write(dir, { "app_spec.txt": "one" });
    expect(await readSpec(dir, null)).toMatchObject({ text: "one" });
    expect(await readSpec(dir, "docs/other.md")).toMatchObject({ text: "named" });
    expect(await readSpec("/", join(dir, "SPEC.md"))).toMatchObject({ text: "two" });
  });

  it("says what is missing, with an example of what to do", async () => {
    const dir = scratch();
    await expect(readSpec(dir, null)).rejects.toMatchObject({
      code: "spec-missing",
      hint: expect.stringContaining("example"),
    });
    await expect(readSpec(dir, "no.md")).rejects.toThrow("does not exist");
    write(dir, { empty: "\n", binary: "a\0b" });
    mkdirSync(join(dir, "folder"));
    writeFileSync(join(dir, "large"), "x".repeat(600 * 1024));
    await expect(readSpec(dir, "empty")).rejects.toThrow("is empty");
    await expect(readSpec(dir, "binary")).rejects.toThrow("is not a text");
    await expect(readSpec(dir, "folder")).rejects.toThrow("is not a plain file");
    await expect(readSpec(dir, "large")).rejects.toThrow("at most");
  });
});
