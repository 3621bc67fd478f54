/**
 * F1: whatever a session makes of the feature list, everything but `passes` is as it was afterwards, to the
 * byte; it is recorded, and the next session is told.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { Violation } from "../../src/core/event-parts.ts";
import { emptyDirectory, git, open } from "./project.ts";
import { puppet } from "./puppet.ts";

vi.setConfig({ testTimeout: 240_000 });

const text = `{
  "made": "by hand", "features": [
    { "id": "a", "description": "a.txt exists", "passes": false, "owner": "Ada", "weight": 1.50 },
    { "id": "b", "description": "b.txt exists", "passes": true },
    { "id": "c", "description": "c.txt exists", "steps": ["look"], "passes": false }
  ]
}
`;

interface Cheat {
  readonly does: (list: string, dir: string) => unknown;
  /** In what is told; null where nothing is wrong. */
  readonly told: RegExp | null;
  /** What the list holds at the end, if it is not as before. */
  readonly leaves?: string;
}

const parsed = () => JSON.parse(text) as { features: Record<string, unknown>[] };
const commit = (dir: string, ...more: readonly string[]) =>
  git(dir, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-q", ...more);
const withoutB = () =>
  JSON.stringify({ ...parsed(), features: parsed().features.filter(({ id }) => id !== "b") });

const cheats: Readonly<Record<string, Cheat>> = {
  "deletes it": { does: (list) => rmSync(list), told: /deleted/ },
  "renames it": { does: (list) => renameSync(list, `${list}.old`), told: /deleted/ },
  "empties it": { does: (list) => writeFileSync(list, ""), told: /is empty/ },
  "cuts it off": { does: (list) => writeFileSync(list, text.slice(0, 150)), told: /is not JSON.*line/ },
  "makes it binary": { does: (list) => writeFileSync(list, Buffer.from([0xff, 0xfe, 0x00])), told: /UTF-8/ },
  "makes it an empty list": { does: (list) => writeFileSync(list, "[]"), told: /no features/ },
  "links it to another list": {
    does(list, dir) {
      writeFileSync(join(dir, "mine.json"), withoutB());
      rmSync(list);
      symlinkSync("mine.json", list);
    },
    told: /symbolic link/,
  },
  "links it to itself, moved": {
    does(list, dir) {
      renameSync(list, join(dir, "moved.json"));
      symlinkSync(join(dir, "moved.json"), list);
    },
    told: /symbolic link/,
  },
  "puts a directory in its place": {
    does(list) {
      rmSync(list);
      mkdirSync(list);
      writeFileSync(join(list, "feature_list.json"), text);
    },
    told: /not a plain file/,
  },
  "puts a pipe in its place": {
    does(list) {
      rmSync(list);
      execFileSync("mkfifo", [list]);
    },
    told: /not a plain file/,
  },
  "puts a socket in its place": {
    async does(list) {
      rmSync(list);
      const server = createServer().listen(list);
      await once(server, "listening");
      // Closing takes the socket's file along; another name keeps it.
      renameSync(list, `${list}.socket`);
      server.close();
      renameSync(`${list}.socket`, list);
    },
    told: /cannot be read|not a plain file/,
  },
  "reformats it": { does: (list) => writeFileSync(list, JSON.stringify(parsed())), told: /formatting/ },
  "gives it other line ends and a byte order mark": {
    does: (list) => writeFileSync(list, `\uFEFF${text.replaceAll("\n", "\r\n")}`),
    told: /formatting/,
  },
  "makes an array of it": {
    does: (list) => writeFileSync(list, JSON.stringify(parsed().features, null, 2)),
    told: /Fields of the feature list other than|formatting/,
  },
  "claims, and makes an array of it": {
    does: (list) =>
      writeFileSync(list, JSON.stringify(parsed().features.map((one) => ({ ...one, passes: true })))),
    told: /Fields of the feature list other than|formatting/,
    leaves: text.replaceAll('"passes": false', '"passes": true'),
  },
  "gives a key twice": {
    does: (list) => writeFileSync(list, text.replace('"passes": false,', '"passes": false, "passes": true,')),
    told: /./,
    leaves: text.replace('"passes": false', '"passes": true'),
  },
  "gives the list twice": {
    does: (list) =>
      writeFileSync(
        list,
        text.replace("  ]\n", '  ], "features": [{"description": "done", "passes": true}]\n'),
      ),
    told: /was removed/,
  },
  'writes passes: "true"': {
    does: (list) => writeFileSync(list, text.replace('"passes": false', '"passes": "true"')),
    told: /"passes" must be true or false/,
  },
  "takes an id for another feature": {
    does: (list) => writeFileSync(list, text.replace('"id": "c"', '"id": "b"')),
    told: /same id/,
  },
  "changes a field that Onward does not know": {
    does: (list) => writeFileSync(list, text.replace("1.50", "1.5").replace("Ada", "Bob")),
    told: /other than `passes`/,
  },
  "writes a number differently": {
    does: (list) => writeFileSync(list, text.replace("1.50", "1.5")),
    told: /formatting/,
  },
  "checks out another branch's list": {
    does: (_, dir) => git(dir, "checkout", "-q", "other"),
    told: /removed/,
  },
  "takes another branch's list": {
    does: (_, dir) => git(dir, "checkout", "-q", "other", "--", "feature_list.json"),
    told: /removed/,
  },
  "resets to a commit with another list": {
    does: (_, dir) => git(dir, "reset", "-q", "--hard", "other"),
    told: /removed/,
  },
  "pops another list from the stash": {
    does(list, dir) {
      writeFileSync(list, withoutB());
      git(dir, "-c", "user.name=A", "-c", "user.email=a@example.com", "stash", "-q");
      git(dir, "checkout", "-q", "stash@{0}", "--", "feature_list.json");
    },
    told: /removed/,
  },
  "merges another list in": {
    does: (_, dir) =>
      git(dir, "-c", "user.name=A", "-c", "user.email=a@example.com", "merge", "-q", "-X", "theirs", "other"),
    told: /removed|formatting/,
  },
  "leaves a conflict in it": {
    does: (list) => writeFileSync(list, `<<<<<<< HEAD\n${text}=======\n${withoutB()}\n>>>>>>> other\n`),
    told: /is not JSON/,
  },
  "takes it out of git": {
    does(_, dir) {
      git(dir, "rm", "-q", "-f", "feature_list.json");
      commit(dir, "-m", "no list");
    },
    told: /deleted/,
  },
  "claims one and takes one back": {
    does: (list) =>
      writeFileSync(list, text.replace("false", "TRUE").replace("true", "false").replace("TRUE", "true")),
    told: null,
    leaves: text.replace("false", "TRUE").replace("true", "false").replace("TRUE", "true"),
  },
};

test("the list survives every one of these sessions", async () => {
  const dir = await emptyDirectory();
  const list = join(dir, "feature_list.json");
  git(dir, "init", "-q", "-b", "main");
  writeFileSync(list, text);
  git(dir, "add", "-A");
  commit(dir, "-m", "first");
  git(dir, "tag", "start");
  git(dir, "checkout", "-q", "--detach");
  writeFileSync(list, `${withoutB()}\n`);
  commit(dir, "-am", "another list");
  // No branch: Onward commits what it has restored on the branch that it finds.
  git(dir, "tag", "other");
  git(dir, "checkout", "-q", "main");

  const found: Record<string, unknown> = {};
  const wanted: Record<string, unknown> = {};
  let last: readonly Violation[] = [];
  for (const [name, { does, told, leaves = text }] of Object.entries(cheats)) {
    git(dir, "checkout", "-q", "-f", "-B", "main", "start");
    const agent = puppet(async () => {
      writeFileSync(join(dir, "work.txt"), name);
      await does(list, dir);
      return undefined;
    });
    const { project, events } = await open(dir, agent, { maxIterations: 1 });
    await using _ = project;
    await project.start().ended;
    const violations = events.flatMap((event) =>
      event.type === "session.settled" && event.settled.step === "integrity" ? event.settled.violations : [],
    );
    found[name] = {
      list: lstatSync(list).isFile() ? readFileSync(list, "utf8") : "no file",
      told: told === null ? violations.length === 0 : violations.some(({ what }) => told.test(what)),
      passedOn: last.length === 0 || (agent.sessions[0]?.prompt.includes("Undone by Onward") ?? false),
    };
    wanted[name] = { list: leaves, told: true, passedOn: true };
    last = violations;
  }
  expect(found).toEqual(wanted);
  // What stood in its place is moved aside, never deleted.
  const aside = readdirSync(dir).find((file) => file.startsWith("feature_list.json.moved-aside"));
  expect(readdirSync(join(dir, aside ?? "nothing"))).toEqual(["feature_list.json"]);
});
