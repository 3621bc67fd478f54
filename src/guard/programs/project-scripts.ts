/** P2.3: the project's own scripts and installed binaries. What is in them is the sandbox's business (S6). */
import { checkStaysInside } from "../shell/paths.ts";
import { type Call, type Program, staticText } from "./program.ts";

export const projectScript: Program = {
  interprets: true,
  judgeCall(call: Call) {
    for (const arg of call.args) if (arg.type !== "glob") staticText(call, arg);
  },
};

/** Programs of which the options are the project's affair: words that are paths stay inside. */
export const projectBinary: Program = {
  interprets: true,
  judgeCall(call: Call) {
    for (const arg of call.args) checkStaysInside(call, arg);
  },
};
