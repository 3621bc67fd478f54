/**
 * One session with a task of your own; the project is held, the list guarded and the result checked as always.
 *
 *   node examples/one-session.ts path/to/project "Make the tests faster."
 */
import { SessionManager } from "onward";

const [dir = process.cwd(), prompt] = process.argv.slice(2);

await using project = await SessionManager.open(dir, { maxTurns: 50 });
const { outcome, costUsd, checkpoint } = await project.run(prompt);
console.log(`${outcome.type}, $${costUsd.toFixed(2)}, checkpoint ${checkpoint.slice(0, 8)}`);
