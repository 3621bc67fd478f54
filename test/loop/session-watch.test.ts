/**
 * What a session does to the files that are not its own, found after the tool call that did it, or at its end.
 * A play that goes through `tool` is a tool call; what it does beside that, no tool call explains.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test, vi } from "vitest";
import type { Config } from "../../src/config/config.ts";
import type { Violation } from "../../src/core/event-parts.ts";
import type { RunEvent } from "../../src/core/events.ts";
import { undoneIn } from "../../src/core/run.ts";
import { statePaths } from "../../src/project/paths.ts";
import { git, type ListedFeature, newProject, open, readList, writeList } from "./project.ts";
import { type Act, puppet } from "./puppet.ts";

vi.setConfig({ testTimeout: 30_000 });

/** Nothing decides them but what stands in the list. */
const features: readonly ListedFeature[] = ["a", "b", "c"].map((id) => ({
  id,
  description: `${id} works`,
  passes: id === "a",
}));

interface Played {
  readonly dir: string;
  readonly list: readonly ListedFeature[];
  readonly told: readonly (string | null)[];
  readonly violations: readonly Violation[];
  readonly regressed: readonly string[];
  readonly claimed: readonly string[];
  readonly events: readonly RunEvent[];
  /** What the session after it was told. */
  readonly nextPrompt: string;
}

type Tell = (run: () => unknown, tool?: string) => Promise<void>;

/** One session on a project whose list is committed, `a` passing, after a commit in which nothing passed. */
async function played(
  play: (dir: string, tool: Tell, act: Act) => Promise<void>,
  config: Partial<Config> = {},
  list = features,
  onEvent: (event: RunEvent, dir: string) => void = () => {},
): Promise<Played> {
  const dir = await newProject();
  git(dir, "init", "-q", "-b", "main");
  for (const [name, value] of [
    ["user.name", "Agent"],
    ["user.email", "agent@example.com"],
  ] as const)
    git(dir, "config", name, value);
  for (const now of [list.map((feature) => ({ ...feature, passes: false })), list]) {
    await writeList(dir, now);
    git(dir, "add", "-A");
    git(dir, "commit", "-qm", "A list");
  }
  const told: (string | null)[] = [];
  const agent = puppet(async (act) => {
    if (agent.sessions.length > 1) return undefined;
    await play(dir, async (run, tool) => void told.push(await act.tool(run, tool)), act);
    return undefined;
  });
  const events: RunEvent[] = [];
  const { project } = await open(
    dir,
    agent,
    { maxIterations: 2, ...config },
    {
      onEvent: (event) => {
        events.push(event);
        onEvent(event, dir);
      },
    },
  );
  await using _ = project;
  await project.start().ended;
  const settled = events.flatMap((event) =>
    event.type === "session.settled" && event.number === 1 ? [event.settled] : [],
  );
  const found = settled.find((step) => step.step === "integrity");
  return {
    ...{ dir, told, events, list: await readList(dir) },
    violations: undoneIn(settled),
    claimed: found?.claimed ?? [],
    regressed: found?.regressed ?? [],
    nextPrompt: agent.sessions[1]?.prompt ?? "",
  };
}

const listOf = (dir: string) => join(dir, "feature_list.json");
const setPasses = async (dir: string, id: string, passes: boolean) =>
  writeList(
    dir,
    (await readList(dir)).map((feature) => (feature.id === id ? { ...feature, passes } : feature)),
  );
const passing = (list: readonly ListedFeature[]) =>
  list.filter((feature) => feature.passes).map(({ id }) => id);

test("an honest session is told nothing, and nothing of it is recorded", async () => {
  const { dir, told, violations, claimed } = await played(async (dir, tool) => {
    await tool(() => {}, "Read");
    await tool(() => writeFile(join(dir, "b.txt"), "here"));
  });
  expect([told, violations, claimed]).toEqual([[null, null], [], []]);
  expect(existsSync(join(statePaths(dir).session(1), "watched.json"))).toBe(false);
});

describe("F1, after the tool call that did it", () => {
  const changes: Readonly<Record<string, readonly [(dir: string) => unknown, RegExp]>> = {
    deleted: [(dir) => rm(listOf(dir)), /was deleted/],
    truncated: [(dir) => writeFile(listOf(dir), ""), /is empty/],
    "torn in the middle": [(dir) => writeFile(listOf(dir), '[{"id": "a"'), /is not JSON/],
    "replaced by a link": [
      async (dir) => {
        await rm(listOf(dir));
        await symlink("/etc/hostname", listOf(dir));
      },
      /symbolic link/,
    ],
    "replaced by a directory": [
      async (dir) => {
        await rm(listOf(dir));
        await mkdir(listOf(dir));
      },
      /destroyed/,
    ],
    "of another shape": [(dir) => writeFile(listOf(dir), '{"done": true}'), /no feature list/],
    "without a feature": [async (dir) => writeList(dir, (await readList(dir)).slice(1)), /was removed/],
    "with one more that passes": [
      async (dir) => writeList(dir, [...(await readList(dir)), { id: "d", description: "d", passes: true }]),
      /was added/,
    ],
    "in another order": [async (dir) => writeList(dir, (await readList(dir)).toReversed()), /order/],
    "in other words": [
      async (dir) => {
        const text = await readFile(listOf(dir), "utf8");
        await writeFile(listOf(dir), text.replace("b works", "b is there"));
      },
      /"description" was changed/,
    ],
    "in another format": [
      async (dir) => writeFile(listOf(dir), JSON.stringify(await readList(dir))),
      /formatting/,
    ],
  };

  test.each(Object.keys(changes))("%s: undone at once, told at once, recorded once", async (name) => {
    const [change, says] = changes[name] ?? [() => {}, /never/];
    let before = "";
    const { told, violations, nextPrompt } = await played(async (dir, tool) => {
      await setPasses(dir, "b", true);
      await tool(() => {});
      before = await readFile(listOf(dir), "utf8");
      await tool(() => change(dir));
      expect(await readFile(listOf(dir), "utf8")).toBe(before);
      await tool(() => {});
    });
    expect(told).toEqual([null, expect.stringMatching(says), null]);
    expect(violations).toEqual([expect.objectContaining({ what: expect.stringMatching(says) })]);
    expect(nextPrompt).toMatch(says);
  });

  test("tools that end together are told, the change counts once, and a claim made beside the change stays", async () => {
    const { told, violations, claimed } = await played(async (dir, tool) => {
      const claimed = (await readList(dir)).map((feature) => ({ ...feature, passes: feature.id !== "c" }));
      let drafts = 0;
      const cheat = async () => {
        drafts += 1;
        const draft = join(dir, `draft-${drafts}.json`);
        await writeFile(draft, `${JSON.stringify(claimed.slice(0, 2), null, 2)}\n`);
        await rename(draft, listOf(dir));
      };
      await Promise.all([tool(cheat), tool(cheat), tool(cheat)]);
    });
    expect(told.filter((text) => text !== null).length).toBeGreaterThan(0);
    expect([violations.length, claimed]).toEqual([1, ["b"]]);
  });

  test("the same change tried again is undone and told again, and counts once", async () => {
    const { told, violations } = await played(async (dir, tool) => {
      for (let round = 0; round < 3; round += 1) await tool(() => rm(listOf(dir)));
    });
    expect(told).toEqual(Array(3).fill(expect.stringContaining("was deleted")));
    expect(violations).toHaveLength(1);
  });

  test("a list that is just being written is not judged, nor is what the writer writes lost", async () => {
    const { told, violations, claimed } = await played(async (dir, tool) => {
      const whole = (await readFile(listOf(dir), "utf8")).replace(
        '"b works",\n    "passes": false',
        '"b works",\n    "passes": true',
      );
      await tool(async () => {
        await writeFile(listOf(dir), whole.slice(0, 20));
        setTimeout(() => void writeFile(listOf(dir), whole), 20);
      });
    });
    expect([told, violations, claimed]).toEqual([[null], [], ["b"]]);
  });
});

describe("F3: true → false", () => {
  test("by an edit is a regression, also when git holds that very list", async () => {
    const { told, regressed, list, violations } = await played(async (dir, tool) => {
      await tool(() => setPasses(dir, "a", false), "Edit");
      await tool(() => {});
    });
    expect([told, regressed, violations, passing(list)]).toEqual([[null, null], ["a"], [], []]);
  });

  test("by a program that git knows nothing of is a regression", async () => {
    const { regressed, violations } = await played(async (dir, tool) => {
      await setPasses(dir, "b", true);
      await tool(() => setPasses(dir, "a", false));
    });
    expect([regressed, violations]).toEqual([["a"], []]);
  });

  const operations: Readonly<Record<string, (dir: string) => unknown>> = {
    "git checkout <commit>": (dir) => git(dir, "checkout", "-q", "HEAD~1"),
    "git checkout <commit> -- <file>": (dir) =>
      git(dir, "checkout", "-q", "HEAD~1", "--", "feature_list.json"),
    "git restore --source": (dir) => git(dir, "restore", "--source", "HEAD~1", "feature_list.json"),
    "git reset --hard": (dir) => git(dir, "reset", "-q", "--hard", "HEAD~1"),
    "git revert": (dir) => git(dir, "revert", "--no-edit", "HEAD"),
    "git stash pop": async (dir) => {
      git(dir, "checkout", "-q", "HEAD~1", "--", "feature_list.json");
      git(dir, "stash", "-q");
      git(dir, "stash", "pop", "-q");
    },
    "git merge": (dir) => {
      git(dir, "checkout", "-q", "-b", "side");
      git(dir, "revert", "--no-edit", "HEAD");
      git(dir, "checkout", "-q", "main");
      git(dir, "merge", "-q", "side");
    },
    "git rebase": (dir) => {
      git(dir, "checkout", "-q", "-b", "side", "HEAD~1");
      git(dir, "commit", "-q", "--allow-empty", "-m", "side");
      git(dir, "checkout", "-q", "-b", "topic");
      git(dir, "rebase", "-q", "side");
    },
  };

  test.each(Object.keys(operations))("by %s is restored at once, told and recorded", async (name) => {
    const { told, violations, regressed, list } = await played(async (dir, tool) => {
      await tool(() => operations[name]?.(dir));
      expect(passing(await readList(dir))).toEqual(["a"]);
    });
    expect(told).toEqual([expect.stringMatching(/git set `passes` of feature a back to false/)]);
    expect(violations).toEqual([{ what: expect.stringContaining("older feature list"), featureId: "a" }]);
    expect([regressed, passing(list)]).toEqual([[], ["a"]]);
  });

  test("by git where no tool call tells of it is restored at the session's end", async () => {
    const { told, violations, list } = await played(async (dir) => {
      git(dir, "reset", "-q", "--hard", "HEAD~1");
    });
    expect([told, violations, passing(list)]).toEqual([
      [],
      [{ what: expect.stringContaining("older feature list"), featureId: "a" }],
      ["a"],
    ]);
  });

  test("a regression that was accepted stays one, whatever git does afterwards", async () => {
    const { told, regressed, violations } = await played(async (dir, tool) => {
      await tool(() => setPasses(dir, "a", false), "Edit");
      await tool(() => git(dir, "commit", "-qam", "a is broken"));
      await tool(() => git(dir, "checkout", "-q", "HEAD~1"));
      await tool(() => git(dir, "checkout", "-q", "main"));
    });
    expect(told).toEqual([null, null, expect.stringContaining("regression of a"), null]);
    expect([regressed, violations]).toEqual([["a"], []]);
  });

  test("false → true by git is a claim; a claim that git takes away is told and not put back", async () => {
    const { told, claimed, violations } = await played(async (dir, tool) => {
      git(dir, "checkout", "-q", "-b", "done");
      await setPasses(dir, "b", true);
      git(dir, "commit", "-qam", "b works");
      git(dir, "checkout", "-q", "main");
      await tool(() => git(dir, "checkout", "-q", "done"));
      await setPasses(dir, "c", true);
      await tool(() => {});
      await tool(() => git(dir, "stash", "-q"));
    });
    expect(told).toEqual([null, null, expect.stringContaining("your claim of c")]);
    expect([claimed, violations]).toEqual([["b"], []]);
  });
});

describe("after the last tool call", () => {
  test("what is left of a session is ended before the list is held against its beginning (R5, F1)", async () => {
    let flips = 0;
    const { list, violations } = await played(async (dir, _tool, { spec }) => {
      const flip = `const fs = require("node:fs"); setInterval(() => {
        const text = fs.readFileSync("feature_list.json", "utf8");
        fs.writeFileSync("feature_list.json", text.replaceAll("works", "is there")); fs.writeFileSync("flipped", "");
      }, 5);`;
      const left = spawn(process.execPath, ["-e", flip], {
        cwd: dir,
        env: { ...process.env, ONWARD_SESSION: spec.marker },
        detached: true,
        stdio: "ignore",
      });
      left.unref();
      await vi.waitUntil(() => existsSync(join(dir, "flipped")), { timeout: 10_000 });
      flips += 1;
    });
    expect(flips).toBe(1);
    expect(list.map(({ description }) => description)).toEqual(["a works", "b works", "c works"]);
    expect(violations.length).toBeGreaterThan(0);
  });

  test("what a verification does to the list does not count, and is told", async () => {
    const { list, nextPrompt } = await played(
      async (dir, tool) => {
        const flip = 'fs.writeFileSync(list, fs.readFileSync(list, "utf8").replaceAll("false", "true"));';
        await writeFile(
          join(dir, "flip.cjs"),
          `const fs = require("node:fs"); const list = "feature_list.json"; ${flip}\n`,
        );
        await tool(() => setPasses(dir, "b", true));
      },
      {},
      features.map((feature) => ({ ...feature, verify: "node flip.cjs" })),
    );
    expect(passing(list)).toEqual(["a", "b"]);
    expect(nextPrompt).toContain("A verification command changed feature_list.json");
  });

  test("what something that escaped does while claims are checked is undone, also its flips", async () => {
    const { list, violations, nextPrompt } = await played(
      async (dir, tool) => tool(() => setPasses(dir, "b", true)),
      {},
      features,
      (event, dir) => {
        if (event.type !== "session.settled" || event.settled.step !== "verification") return;
        const text = readFileSync(listOf(dir), "utf8")
          .replace("false", "true")
          .replace("a works", "a is easy");
        if (event.number === 1) writeFileSync(listOf(dir), text);
      },
    );
    expect(passing(list)).toEqual(["a", "b"]);
    expect(violations).toEqual([
      { what: expect.stringContaining('"description" was changed'), featureId: "a" },
      { what: expect.stringContaining("claims were checked"), featureId: "c" },
    ]);
    expect(nextPrompt).toContain("claims were checked");
  });
});

describe("what else is not a session's", () => {
  test.each([
    ["made", null, '{"guard": "off"}'],
    ["changed", '{"delay": "0s"}', '{"guard": "off"}'],
    ["deleted", '{"delay": "0s"}', null],
  ])("the configuration, %s: put back at once, told, recorded", async (how, before, after) => {
    const put = async (dir: string, text: string | null) =>
      text === null ? rm(join(dir, "onward.config.json")) : writeFile(join(dir, "onward.config.json"), text);
    const told: (string | null)[] = [];
    const dir = await newProject();
    await writeList(dir, features);
    if (before !== null) await put(dir, before);
    const agent = puppet(async ({ tool }) => {
      if (agent.sessions.length === 1) told.push(await tool(() => put(dir, after)));
      // The second one does it where no tool call tells.
      else await put(dir, after);
      return undefined;
    });
    const { project, events } = await open(dir, agent, { maxIterations: 2 });
    await using _ = project;
    await project.start().ended;
    const now = await readFile(join(dir, "onward.config.json"), "utf8").catch(() => null);
    expect(now).toBe(before);
    expect(told).toEqual([expect.stringContaining(`onward.config.json was ${how}`)]);
    const found = events.flatMap((event) =>
      event.type === "session.settled" && event.settled.step === "integrity"
        ? [event.settled.violations]
        : [],
    );
    expect(found).toEqual(Array(2).fill([{ what: expect.stringContaining(how), featureId: null }]));
  });

  test("the record of its beginning, a list to go back to, a finding of its own: put back and recorded", async () => {
    const all = `${JSON.stringify(
      features.map((feature) => ({ ...feature, passes: true })),
      null,
      2,
    )}\n`;
    const { list, violations, claimed } = await played(async (dir) => {
      const paths = statePaths(dir);
      const session = paths.session(1);
      await writeFile(join(session, "before.json"), JSON.stringify({ tree: "x", listText: all }));
      const planted = { text: all, violations: [], claimed: [], regressed: [] };
      await writeFile(join(session, "integrity.json"), JSON.stringify(planted));
      await writeFile(join(session, "watched.json"), JSON.stringify(planted));
      await writeFile(join(paths.snapshots, "9999-settled.json"), all);
    });
    expect([passing(list), claimed]).toEqual([["a"], []]);
    expect(violations.map(({ what }) => what.split(" ")[0])).toEqual([
      ".onward/sessions/0001/before.json",
      ".onward/sessions/0001/watched.json",
      ".onward/sessions/0001/integrity.json",
      ".onward/snapshots/9999-settled.json",
    ]);
  });

  test("an edit of the list that is only seen in the end does not cover that up", async () => {
    const { violations } = await played(async (dir) => {
      await writeFile(join(statePaths(dir).session(1), "before.json"), "{}");
      await writeList(
        dir,
        features.map((feature) => ({ ...feature, description: "edited" })),
      );
    });
    const told = violations.map(({ what }) => what);
    expect(told).toContainEqual(expect.stringContaining("before.json"));
    expect(told).toContainEqual(expect.stringContaining('"description" was changed'));
  });
});

describe("the journal itself", () => {
  const cheats: Readonly<Record<string, readonly [(file: string) => unknown, string]>> = {
    "rewritten: what it says of the run's spending": [
      (file) =>
        sql(file, `UPDATE events SET body = json_set(body, '$.number', 9) WHERE type = 'session.starting'`),
      "journal-damaged",
    ],
    "with an event more": [
      (file) => sql(file, "INSERT INTO events SELECT max(version) + 1, type, at, body FROM events"),
      "journal-damaged",
    ],
    deleted: [(file) => rm(file), "journal-damaged"],
    "replaced by a copy": [
      async (file) => {
        await cp(file, `${file}.copy`);
        await rename(`${file}.copy`, file);
      },
      "journal-damaged",
    ],
    "deleted with all that is ours": [(file) => rm(join(file, ".."), { recursive: true }), "journal-damaged"],
  };

  test.each(Object.keys(cheats))("%s: the run ends with the reason, and nothing passes", async (name) => {
    const [cheat, code] = cheats[name] ?? [() => {}, ""];
    const dir = await newProject();
    await writeList(dir, features);
    const agent = puppet(async () => {
      // Its start is in the journal by then: what comes next is its end.
      await vi.waitUntil(() => events.some(({ type }) => type === "session.started"));
      await cheat(statePaths(dir).journal);
      return undefined;
    });
    const { project, events } = await open(dir, agent);
    await using _ = project;
    await expect(project.start().ended).rejects.toMatchObject({ code, hint: expect.any(String) });
    expect(passing(await readList(dir))).toEqual(["a"]);
    expect(agent.sessions).toHaveLength(1);
  });
});

function sql(file: string, statement: string): void {
  using db = new DatabaseSync(file);
  db.exec(statement);
}
