/** `[[ … ]]`: string and file tests; arithmetic comparison and `-v` would evaluate their operands (P4.4). */
import type { TestExpression, Word } from "unbash";
import { combinations } from "./environment.ts";
import { checkRead } from "./paths.ts";
import { refuse } from "./refusal.ts";
import type { State } from "./state.ts";
import { isNumeric, toArg } from "./values.ts";
import type { Walk } from "./walk.ts";
import { type Environment, expandScalar } from "./words.ts";

const stringTests = new Set(["-z", "-n"]);
const fileTests = new Set("-a -b -c -d -e -f -g -h -k -p -r -s -t -u -w -x -G -L -N -O -S".split(" "));
const stringComparisons = new Set(["=", "==", "!=", "=~", "<", ">"]);
const fileComparisons = new Set(["-nt", "-ot", "-ef"]);
const numberComparisons = new Set(["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]);

export function checkTest(expression: TestExpression, state: State, walk: Walk): void {
  combinations(state, walk.run, walk.substitute, (env) => {
    visit(expression, state, walk, env);
  });
}

function visit(expression: TestExpression, state: State, walk: Walk, env: Environment): void {
  walk.run.nested(() => {
    switch (expression.type) {
      case "TestUnary": {
        const { operator, operand } = expression;
        const value = expandScalar(operand, env);
        if (stringTests.has(operator)) return;
        if (!fileTests.has(operator))
          refuse("P4.4", operator, `\`[[ ${operator} ]]\` is not allowed. Use -z, -n or a file test.`);
        checkFile(operand, value, operator, state, walk);
        return;
      }
      case "TestBinary": {
        const { operator, left, right } = expression;
        const values = [left, right].map((word) => [
          expandScalar(word, env, operator === "=~" && word === right ? "operand" : "scalar"),
        ]);
        if (stringComparisons.has(operator)) return;
        if (fileComparisons.has(operator)) return;
        if (!numberComparisons.has(operator))
          refuse("P4.4", operator, `\`[[ ${operator} ]]\` is not allowed.`);
        if (!values.every(isNumeric)) {
          refuse(
            "P4.4",
            operator,
            '`[[` evaluates this as arithmetic, and the value is not known to be a number. Use `[ "$x" -eq … ]`.',
          );
        }
        return;
      }
      case "TestLogical":
        for (const operand of expression.operands) visit(operand, state, walk, env);
        return;
      case "TestNot":
        visit(expression.operand, state, walk, env);
        return;
      case "TestGroup":
        visit(expression.expression, state, walk, env);
        return;
      default:
        expression satisfies never;
        refuse("P1.3", "[[", "This test is not understood. Use `[ … ]`.");
    }
  });
}

function checkFile(
  operand: Word,
  value: ReturnType<typeof expandScalar>,
  operator: string,
  state: State,
  walk: Walk,
): void {
  const arg = toArg(value, operand.text);
  if (operator === "-t" || arg.type === "dynamic" || arg.text === "") return;
  checkRead({ cwds: state.cwds, run: walk.run }, arg);
}
