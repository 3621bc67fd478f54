import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { knownFacts } from "../../src/project/known-facts.ts";
import { scratch, write } from "./scratch.ts";

it("tells what is there to set up, run and check a project", async () => {
  const dir = scratch();
  expect(await knownFacts(dir)).toEqual([]);
  write(dir, {
    "init.sh": "#!/bin/sh\n",
    "package.json": '{ "scripts": { "test": "vitest", "start": "node ." } }',
    Makefile: "all:\n",
    "go.mod": "module a\n",
  });
  expect(await knownFacts(dir)).toEqual([
    "init.sh sets up and starts the project.",
    "package.json has the scripts test, start.",
    "There is Makefile, go.mod.",
  ]);
});

it("says nothing of what it cannot read, and follows no link out of the project", async () => {
  const [dir, outside] = [scratch(), scratch()];
  write(outside, { "package.json": '{ "scripts": { "secret": "x" } }' });
  symlinkSync(join(outside, "package.json"), join(dir, "package.json"));
  expect(await knownFacts(dir)).toEqual([]);
  const other = scratch();
  mkdirSync(join(other, "package.json"));
  expect(await knownFacts(other)).toEqual([]);
  const broken = scratch();
  write(broken, { "package.json": '{ "scripts": 7' });
  expect(await knownFacts(broken)).toEqual([]);
  expect(await knownFacts(join(dir, "missing"))).toEqual([]);
});
