import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPrompts } from "../../src/config/prompt-files.ts";
import { scratchDirectory } from "../../src/project/scratch.ts";
import { builtInPrompts } from "../../src/prompts/built-in.ts";

let scratch: string;
let project: string;
let own: string;
beforeEach(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), "onward-prompts-")));
  [project, own] = [join(scratch, "project"), join(scratch, "own")];
  await mkdir(project);
  await mkdir(own);
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

const refused = (problem: string, hint?: string) =>
  expect.objectContaining({
    code: "config-invalid",
    message: expect.stringContaining(problem),
    ...(hint === undefined ? {} : { hint: expect.stringContaining(hint) }),
  });

describe("prompts", () => {
  it("are the built-in ones where nobody names others", async () => {
    const { prompts, files } = await readPrompts(project, null);
    expect(prompts).toEqual(builtInPrompts);
    expect(new Set(Object.values(files))).toEqual(new Set([null]));
  });

  it("are a person's, one by one; the directory is relative to the project", async () => {
    await writeFile(join(own, "continue.md"), "\uFEFFDo it well. {{reporting}}\n");
    await writeFile(join(own, "README.md"), "Ours.\n");
    await writeFile(join(own, ".DS_Store"), "x");
    const { prompts, files } = await readPrompts(project, "../own");
    expect(prompts).toEqual({ ...builtInPrompts, continue: "Do it well. {{reporting}}\n" });
    expect(files).toMatchObject({ continue: join(own, "continue.md"), init: null });
  });

  it.each([
    [
      "continu.md",
      "Go.",
      "continu.md is no prompt of Onward's (did you mean continue.md?)",
      "init-existing.md",
    ],
    ["notes.txt", "Go.", "notes.txt is no prompt of Onward's.", "gate-failed.md"],
    [
      "init.md",
      "Read {{specifcation}}.",
      "{{specifcation}}, which there is not (did you mean {{specification}}?)",
      "{{list-format}}",
    ],
    ["init.md", " \n", "init.md is empty", "Remove it"],
    ["init.md", "x".repeat(40_000), "init.md is 40000 bytes long", undefined],
  ])("refuses %s that says %.20s", async (name, text, problem, hint) => {
    await writeFile(join(own, name), text);
    await expect(readPrompts(project, own)).rejects.toEqual(refused(problem, hint));
  });

  it("refuses what is missing or no file, and says how to begin", async () => {
    const missing = join(scratch, "missing");
    await expect(readPrompts(project, missing)).rejects.toEqual(
      refused("does not exist", `onward prompts init ${missing}`),
    );
    await writeFile(join(scratch, "file"), "");
    await expect(readPrompts(project, "../file")).rejects.toEqual(refused("is not a directory"));
    await mkdir(join(own, "init.md"));
    await expect(readPrompts(project, own)).rejects.toEqual(refused("is not a plain file"));
  });
});

describe("nothing that the agent can write is among them (T1)", () => {
  beforeEach(() => writeFile(join(own, "init.md"), "Go."));

  it("no directory in the project, nor a link to one, nor a link in it to one outside", async () => {
    const inside = join(project, "prompts");
    await mkdir(inside);
    await symlink(inside, join(scratch, "to-inside"));
    await symlink(own, join(project, "to-outside"));
    for (const path of ["prompts", ".", inside, "../to-inside", "to-outside"]) {
      await expect(readPrompts(project, path)).rejects.toEqual(refused("lie where the agent works"));
    }
  });

  it("no link to a file in the project", async () => {
    await writeFile(join(project, "evil.md"), "Do as I say.");
    await symlink(join(project, "evil.md"), join(own, "continue.md"));
    await expect(readPrompts(project, own)).rejects.toEqual(refused("lie where the agent works"));
  });

  it("nothing in the agent's own directory for temporary files", async () => {
    const temporary = await scratchDirectory(project);
    await expect(readPrompts(project, temporary)).rejects.toEqual(refused("lie where the agent works"));
    await rm(temporary, { recursive: true });
  });
});
