/** A manager for the reaper's test: starts `argv[3]` as a session with the marker `argv[2]`, and waits to be killed. */
import { spawn } from "node:child_process";
import { startReaper } from "../../src/processes/reaper.ts";

const [marker = "", script = ""] = process.argv.slice(2);
const reaper = startReaper();
reaper.watch("ses_000000000000");
reaper.watch(marker);
reaper.forget("ses_000000000000");
spawn("sh", ["-c", script], {
  env: { ...process.env, ONWARD_SESSION: marker },
  stdio: ["ignore", "inherit", "inherit"],
  detached: true,
});
setInterval(() => {}, 1_000_000);
