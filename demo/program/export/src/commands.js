// Every command that habit knows, under the name that a person types.
export { add } from "./commands/add.js";
export { done } from "./commands/done.js";
export { exportCsv as export } from "./commands/export.js";
export { streak } from "./commands/streak.js";
export { week } from "./commands/week.js";
