/** The layers, as a rule rather than a wish: each room of `src/` may import only the rooms named here. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "../src");

/** Rooms are folders of `src/`, or files directly in it. `ports` and `guard/verdict` are types alone. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ports: ["core", "guard"],
  secrets: [],
  prompts: ["core"],
  processes: ["core"],
  project: ["core", "processes"],
  guard: ["core", "ports", "project"],
  verify: ["core", "guard", "processes", "project"],
  journals: ["core", "ports"],
  "feature-tools": ["config", "core", "ports", "project"],
  agents: ["core", "feature-tools", "guard", "ports", "processes"],
  loop: ["core", "feature-tools", "guard", "ports", "processes", "project", "prompts", "verify"],
  engines: ["core", "journals", "loop", "ports", "project"],
  config: ["core", "loop", "project", "prompts"],
  demo: ["core"],
  inspect: ["config", "core", "engines", "journals", "loop", "project", "verify"],
  compose: [
    "agents",
    "config",
    "core",
    "engines",
    "feature-tools",
    "guard",
    "journals",
    "loop",
    "ports",
    "processes",
    "project",
    "secrets",
  ],
  library: ["compose", "config", "core"],
  index: ["config", "core", "inspect", "library"],
  cli: [
    "compose",
    "config",
    "core",
    "demo",
    "engines",
    "feature-tools",
    "guard",
    "inspect",
    "journals",
    "loop",
    "ports",
    "processes",
    "project",
    "prompts",
    "verify",
  ],
};

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);

test("every import stays within what its room may know", () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .map((target) => ({ file, from: roomOf(file), to: roomOf(target), target }))
      .filter(({ from, to }) => from !== to && !(mayImport[from] ?? []).includes(to))
      .map(({ file, target }) => `${file} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

test("the core is pure: no package, no node module, no clock, no chance, no environment", () => {
  const impure = files
    .filter((file) => roomOf(file) === "core")
    .filter((file) =>
      /from "(?!\.)|\bDate\.now|new Date\(\)|Math\.random|\bprocess\.|\bperformance\./.test(read(file)),
    );
  expect(impure).toEqual([]);
});

test("no file is too long to be read in one go", () => {
  const long = files.filter((file) => read(file).split("\n").length > 400);
  expect(long).toEqual([]);
});

function importsOf(file: string): readonly string[] {
  const found = read(file).matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g);
  return [...found].map(([, path]) => relative(source, join(source, dirname(file), path ?? "")));
}

function roomOf(file: string): string {
  return (file.split("/")[0] ?? "").replace(/\.ts$/, "");
}

function read(file: string): string {
  return readFileSync(join(source, file), "utf8");
}
