import { join } from "node:path";
import { expect, it } from "vitest";
import { uncommittedFiles } from "../../../src/project/checkpoints/uncommitted.ts";
import { workTree } from "../../../src/project/git/work-tree.ts";
import { git, repository, write } from "../scratch.ts";

it("tells what the branch does not hold, and leaves repositories inside to speak for themselves", async () => {
  const dir = repository({ "a.txt": "a\n" });
  const library = repository({ "lib.txt": "l\n" });
  git(dir, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib");
  git(dir, "commit", "-q", "-m", "lib");
  git(dir, "init", "-q", "sub");
  write(dir, { "a.txt": "changed\n", "ünïcode.txt": "u\n", "notes.txt": "n\n", "sub/f.txt": "f\n" });
  write(join(dir, "lib"), { "lib.txt": "changed\n" });
  expect(await uncommittedFiles(dir, await workTree(dir), ["notes.txt"])).toEqual(["a.txt", "ünïcode.txt"]);
  expect(await uncommittedFiles(dir, "0".repeat(40), [])).toEqual([]);
});
