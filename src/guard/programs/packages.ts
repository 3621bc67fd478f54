/** P10: what a package may be called, so that it comes from the registry and nowhere else. */
import { checkStaysInside } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import type { Arg } from "../shell/values.ts";
import { type Call, staticText } from "./program.ts";

const npmSpec = /^(?:@[a-z0-9~-][\w.~-]*\/)?[A-Za-z0-9~][\w.~-]*(?:@[\w.^~<>=*|+ -]*)?$/;
const pythonSpec =
  /^[A-Za-z0-9][\w.-]*(?:\[[\w,. -]*\])?(?:\s*(?:===?|~=|!=|[<>]=?|@?=)\s*[\w.*+!-]+\s*,?)*(?:\s*;[\w\s"'.<>=!()]*)?$/;

/** P10.2: a registry name, or a directory or archive of the project. */
export function checkNpmSpec(call: Call, arg: Arg): void {
  const spec = staticText(call, arg);
  if (npmSpec.test(spec)) return;
  if (/^\.{0,2}\//.test(spec) || spec === ".") {
    checkStaysInside(call, arg);
    return;
  }
  refuse(
    "P10.2",
    arg.raw,
    "Packages must come from the registry by name, such as `react@18`; no URLs, git repositories or files elsewhere.",
  );
}

/** P10.4 */
export function checkPythonSpec(call: Call, arg: Arg): void {
  // `flask[async]` unquoted is a glob to bash, and the same text to pip.
  const spec = arg.type === "glob" ? arg.raw : staticText(call, arg);
  if (pythonSpec.test(spec)) return;
  const local = /^(\.{0,2}\/[^[]*|\.)(?:\[[\w,-]*\])?$/.exec(spec)?.[1];
  if (local !== undefined) {
    checkStaysInside(call, { ...arg, text: local } as Arg);
    return;
  }
  refuse(
    "P10.4",
    arg.raw,
    "Packages must come from the index by name, such as `flask==3.0`; no URLs, git repositories or files elsewhere.",
  );
}
