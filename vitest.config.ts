import { defineConfig } from "vitest/config";

// Two projects: `fast` shares one worker per file group because nothing in it spawns a process or keeps
// global state; `real` starts real processes (agents, git, the command line) and gets time for them.
const real = [
  "agents",
  "cli",
  "demo",
  "docs",
  "e2e",
  "engines",
  "faults",
  "journals",
  "loop",
  "package",
  "processes",
  "project",
  "verify",
].map((room) => `test/${room}/**/*.test.ts`);
real.push("test/inspect.test.ts", "test/library.test.ts");

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: [...real, "test/system/**"],
          isolate: false,
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "real",
          include: real,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
        },
      },
      {
        // Needs a Linux machine with bubblewrap and Chromium, and the right to make namespaces: `npm run test:system`.
        test: {
          name: "system",
          include: ["test/system/**/*.test.ts"],
          testTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
