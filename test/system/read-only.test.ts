/** A part of the project's state that became read-only: a mount, or a file system that the kernel gave up on. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { check, isClean } from "../faults/checker.ts";
import { newScene, runToComplete, startManager } from "../faults/scene.ts";

test("the sessions' directory: says which and why, and goes on when it may be written to", async () => {
  const project = await newScene(2);
  onTestFinished(() => project.remove());
  expect(await startManager(project, { config: { maxIterations: 1 } }).said).toMatchObject({ type: "end" });
  const sessions = join(project.dir, ".onward", "sessions");
  const readOnly = ["bwrap", "--dev-bind", "/", "/", "--ro-bind", sessions, sessions, "--"];
  expect(await startManager(project, {}, readOnly).said).toMatchObject({
    type: "error",
    code: "directory-not-writable",
    message: expect.stringMatching(/sessions\/0002 cannot be written \(EROFS\)/),
  });
  await runToComplete(project);
  expect(await check(project)).toSatisfy(isClean);
}, 60_000);
