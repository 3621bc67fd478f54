/** What each role asks of a word. */
import { checkRead, checkStaysInside, checkWrite } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import type { Arg } from "../shell/values.ts";
import { type Call, type Role, staticText } from "./program.ts";
import { checkUrl } from "./urls.ts";

/** `where` is the option's name, or `operand`. */
export function applyRole(call: Call, arg: Arg, role: Role, where: string): void {
  switch (role) {
    case "any":
      if (arg.type === "dynamic" && arg.splits) {
        refuse("P4.3", arg.raw, "Unquoted, this may become several words, or none. Put it in double quotes.");
      }
      return;
    case "text":
      if (arg.type === "dynamic") staticText(call, arg);
      return;
    case "number":
      if (!/^[-+]?[\d.]+[A-Za-z%]*$/.test(staticText(call, arg)))
        refuse("P12", arg.raw, `\`${call.program} ${where}\` takes a number.`);
      return;
    case "read":
      checkRead(call, arg);
      return;
    case "write":
      checkWrite(call, arg);
      return;
    case "path":
      checkStaysInside(call, arg);
      return;
    case "url":
      checkUrl(call, arg);
      return;
    case "command":
      return;
    case "none":
      refuse(
        "P12",
        arg.raw,
        `\`${call.program}\` does not take \`${arg.raw}\` here${where === "operand" ? "" : ` (${where})`}.`,
      );
      return;
    default:
      role satisfies never;
  }
}
