import { expect, it } from "vitest";
import { isEmptyCheck } from "../../src/verify/empty-check.ts";

it.each([
  "true",
  ":",
  "exit 0",
  "echo all is well",
  "npm test || true",
  "npm test; exit 0",
  "npm test || echo 'never mind'",
  "npm test &",
  "true && echo ok",
  "npm test\ntrue",
  "npm test || exit 0",
  "/bin/true",
])("cannot fail: %s", (command) => {
  expect(isEmptyCheck(command)).toBe(true);
});

it.each([
  "npm test",
  "npm test;",
  "npm test && echo ok",
  "test -f a || exit 1",
  "set -e; npm test; echo ok",
  "echo $(cat a) | grep b",
  "echo `test -f a`",
  "a & b",
  "npm test || exit 1; echo ok",
  "if ! npm test; then exit; fi; true",
  "set -o errexit; npm test; true",
  ". ./check.sh; true",
  "exec npm test; true",
  `x=\${CI:?not set}; true`,
])("can fail: %s", (command) => {
  expect(isEmptyCheck(command)).toBe(false);
});

it("looks into a shell of its own, and at programs with arguments", () => {
  expect(isEmptyCheck(["sh", "-c", "npm test || true"])).toBe(true);
  expect(isEmptyCheck(["/bin/bash", "-ec", "npm test; true"])).toBe(false);
  expect(isEmptyCheck(["true"])).toBe(true);
  expect(isEmptyCheck(["grep", "true", "a"])).toBe(false);
});
