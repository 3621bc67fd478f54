import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorSignature, maxSignature } from "../../src/core/error-signature.ts";

/** One failure of each kind of runner; what differs from run to run is handed in. */
const failures: Readonly<Record<string, (seen: Seen) => string>> = {
  "node:test": ({ ms, n, dir }) => `TAP version 13
# Subtest: logs in
not ok ${n} - logs in
  ---
  duration_ms: ${ms}
  location: 'file://${dir}/test/login.test.js:${n}:1'
  failureType: 'testCodeFailure'
  error: |-
    Expected values to be strictly equal:
  code: 'ERR_ASSERTION'
  stack: |-
    TestContext.<anonymous> (file://${dir}/test/login.test.js:${n}:10)
    at Test.run (node:internal/test_runner/test:${n}:25)
  ...
# tests ${n}
# fail 1
# duration_ms ${ms}`,
  vitest: ({ ms, n, dir, time }) => `\u001b[31m FAIL \u001b[39m test/login.test.ts > logs in ${ms}ms
AssertionError: expected ${n} to be 200 // Object.is equality
 ❯ ${dir}/test/login.test.ts:${n}:20
⎯⎯⎯⎯⎯⎯[1/1]⎯
 Test Files  1 failed | ${n} passed (${n})
      Tests  1 failed | ${n} passed (${n})
   Start at  ${time.slice(11, 19)}
   Duration  ${ms}ms (transform ${ms}ms)`,
  jest: ({ ms, n, dir }) => `FAIL test/login.test.js (${ms} ms)
  ● logs in
    expect(received).toBe(expected)
    Expected: 200
    Received: ${n}
      at Object.<anonymous> (${dir}/test/login.test.js:${n}:22)
Tests:       1 failed, ${n} passed, ${n} total
Time:        ${ms} ms`,
  pytest: ({ ms, n, dir }) => `=================== FAILURES ===================
${dir}/tests/test_login.py:${n}: in test_login
E   AssertionError: assert <Response at 0x${(n * 7919).toString(16)}> == 200
=========== short test summary info ===========
FAILED tests/test_login.py::test_login - AssertionError: assert <Response at 0x${n.toString(16)}> == 200
========= 1 failed, ${n} passed in ${ms}s =========`,
  "go test": ({ ms, n }) => `--- FAIL: TestLogin (${ms}s)
    login_test.go:${n}: got ${n}, want 200
FAIL
FAIL\texample.com/app\t${ms}s`,
  tsc: ({
    n,
    dir,
  }) => `${dir}/src/login.ts(${n},5): error TS2322: Type 'string' is not assignable to type 'number'.
Found 1 error in src/login.ts:${n}`,
  cargo: ({ n, ms, dir }) => `   Compiling app v0.1.0 (${dir})
error[E0308]: mismatched types
  --> src/login.rs:${n}:5
error: could not compile \`app\` (lib) due to 1 previous error; took ${ms}s`,
  shell: ({ n, time, dir }) => `[${time}] starting ${n}
sh: ${n}: ${dir}/bin/login: not found`,
  npm: ({ n, time }) => `Error: connect ECONNREFUSED 127.0.0.1:${n}
npm error code ELIFECYCLE
npm error A complete log of this run can be found in: /home/u/.npm/_logs/${time.replaceAll(":", "_")}-debug-0.log`,
};

interface Seen {
  readonly ms: number;
  readonly n: number;
  readonly dir: string;
  readonly time: string;
}

const seen: fc.Arbitrary<Seen> = fc.record({
  ms: fc.integer({ min: 0, max: 90_000_000 }).map((n) => n / 1000),
  n: fc.integer({ min: 1, max: 65_535 }),
  dir: fc
    .array(fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/), { minLength: 1, maxLength: 4 })
    .map((names) => `/${names.join("/")}`),
  time: fc
    .date({ min: new Date("2020-01-01"), max: new Date("2040-01-01"), noInvalidDate: true })
    .map((date) => date.toISOString()),
});

describe("an error's signature", () => {
  test.each(Object.keys(failures))("of %s is the same each time it comes", (name) => {
    const output = failures[name];
    if (output === undefined) throw new Error(name);
    fc.assert(
      fc.property(seen, seen, (first, second) => {
        const signature = errorSignature(output(first));
        expect(signature).not.toBe("");
        expect(errorSignature(output(second))).toBe(signature);
      }),
    );
  });

  test("tells the kinds apart", () => {
    const one: Seen = { ms: 12.5, n: 31, dir: "/home/u/app", time: "2026-11-24T01:02:03.456Z" };
    const signatures = Object.values(failures).map((output) => errorSignature(output(one)));
    expect(new Set(signatures).size).toBe(signatures.length);
  });

  test.each([
    ["src/a.ts(1,2): error TS2322: no", "src/a.ts(1,2): error TS2345: no"],
    ["Error: Cannot find module './login.js'", "Error: Cannot find module './logout.js'"],
    ["not ok 1 - logs in", "not ok 1 - logs out"],
    ["sh: 1: rg: not found", "sh: 1: fd: not found"],
  ])("is another for another error: %s", (first, second) => {
    expect(errorSignature(first)).not.toBe(errorSignature(second));
  });

  test("does not depend on the order in which a parallel runner reports", () => {
    const lines = ["test a ... FAILED", "test b ... FAILED", "test c ... FAILED", "test d ... FAILED"];
    expect(errorSignature(lines.join("\n"))).toBe(errorSignature(lines.toReversed().join("\n")));
  });

  test("is the last lines where none tells of an error, and nothing where there is nothing", () => {
    expect(errorSignature("one\ntwo\nthree 3\nfour\n")).toBe("two | three # | four");
    expect(errorSignature(" \n--\n")).toBe("");
  });

  test("has a bound, whatever the output is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 5000 }), (output) => {
        expect(errorSignature(output).length).toBeLessThanOrEqual(maxSignature);
        expect(errorSignature(`error: ${output}`).length).toBeLessThanOrEqual(maxSignature);
      }),
    );
  });
});
