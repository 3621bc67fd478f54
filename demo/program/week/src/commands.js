// Every command that habit knows, under the name that a person types.
export { add } from "./commands/add.js";
export { done } from "./commands/done.js";
export { week } from "./commands/week.js";
