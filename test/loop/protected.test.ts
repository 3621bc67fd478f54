/** Whose version of a protected file counts, over restarts: what people do between managers, and nothing else. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { defaults } from "../../src/config/defaults.ts";
import { type ListState, parseListText } from "../../src/project/list/feature-list.ts";
import { emptyDirectory, git, open, readList, writeList } from "./project.ts";
import { type Puppet, puppet } from "./puppet.ts";

type ValidList = Extract<ListState, { type: "valid" }>;

const honestTest = 'test -f "$1.txt"\n';
const noTest = 'test "$1" = a\n';

const protecting = (...protect: readonly string[]): Partial<Config> => ({
  verify: { ...defaults.verify, command: "sh test.sh {id}", protect },
});
const config = protecting("test.sh", "test/**");

async function project(): Promise<string> {
  const dir = await emptyDirectory();
  await writeFile(join(dir, "test.sh"), honestTest);
  await writeList(dir, [
    { id: "a", description: "a", passes: false },
    { id: "b", description: "b", passes: false },
  ]);
  return dir;
}

/** Writes these files, and claims. */
function claiming(dir: string, files: Readonly<Record<string, string>> = {}): Puppet {
  return puppet(async () => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
    await writeList(
      dir,
      (await readList(dir)).map((feature) => ({ ...feature, passes: feature.passes || feature.id === "a" })),
    );
    return undefined;
  });
}

interface Ending {
  readonly settings?: Partial<Config>;
  readonly dies?: boolean;
}

/** One manager, one session. */
async function manage(dir: string, agent: Puppet, { settings = config, dies }: Ending = {}) {
  const { start } = agent;
  const { project } = await open(dir, agent, settings);
  await using _ = project;
  const run = project.start({ maxSessions: 1 });
  if (dies === true) {
    agent.start = (spec, host) => {
      const session = start(spec, host);
      return { ...session, result: session.result.finally(() => run.kill()) };
    };
  }
  await run.ended;
}

const endings: Readonly<Record<string, Ending>> = {
  "of another run": { settings: { ...config, maxIterations: 1 } },
  "that was stopped": {},
  "that died with its session": { dies: true },
};

const isPassing = async (dir: string) => (await readList(dir))[0]?.passes;

async function holdsByHand(dir: string, settings = config): Promise<boolean | undefined> {
  const { project } = await open(dir, claiming(dir), settings);
  await using _ = project;
  const { features } = parseListText(await readFile(join(dir, "feature_list.json"), "utf8")) as ValidList;
  const found = await project.verify(features, false, new AbortController().signal);
  return found?.results.find(({ featureId }) => featureId === "a")?.ok;
}

describe("a test that a session rewrote", () => {
  test.each(Object.entries(endings))("is not people's after a manager %s, nor by hand", async (_, ending) => {
    const dir = await project();
    await manage(dir, claiming(dir, { "test.sh": noTest }), ending);
    expect(await holdsByHand(dir)).toBe(false);
    await manage(dir, claiming(dir));
    await manage(dir, claiming(dir));
    expect([await isPassing(dir), await holdsByHand(dir)]).toEqual([false, false]);
  });

  test("counts once people have changed it, or had left it unprotected for a run", async () => {
    for (const accept of ["change", "unprotect"] as const) {
      const dir = await project();
      await manage(dir, claiming(dir, { "test.sh": noTest }));
      if (accept === "change") await writeFile(join(dir, "test.sh"), `# Read, and good.\n${noTest}`);
      else
        await manage(
          dir,
          puppet(async () => undefined),
          { settings: protecting("test/**") },
        );
      await manage(dir, claiming(dir));
      expect([accept, await isPassing(dir), await holdsByHand(dir)]).toEqual([accept, true, true]);
    }
  });

  test("is not people's either where the repository has lost what theirs was", async () => {
    const dir = await project();
    await manage(dir, claiming(dir, { "test.sh": noTest }));
    await rm(join(dir, ".git"), { recursive: true });
    git(dir, "init", "-q");
    for (let restart = 0; restart < 2; restart += 1) {
      await manage(dir, claiming(dir));
      expect([await isPassing(dir), await holdsByHand(dir)]).toEqual([false, false]);
    }
    await manage(dir, claiming(dir), { settings: protecting() });
    await manage(dir, claiming(dir));
    expect(await isPassing(dir)).toBe(true);
  });
});

describe("what people do to protected files between two managers", () => {
  test("counts, also over a manager that dies", async () => {
    const dir = await project();
    await manage(dir, claiming(dir, { "a.txt": "" }));
    expect(await isPassing(dir)).toBe(true);
    await writeFile(join(dir, "test.sh"), 'test -f "$1-too.txt"\n');
    await writeList(
      dir,
      (await readList(dir)).map((feature) => ({ ...feature, passes: false })),
    );
    expect(await holdsByHand(dir)).toBe(false);
    await manage(dir, claiming(dir, { "test.sh": honestTest }), { dies: true });
    await manage(dir, claiming(dir));
    expect(await isPassing(dir)).toBe(false);
    await manage(dir, claiming(dir, { "a-too.txt": "" }));
    expect([await isPassing(dir), await holdsByHand(dir)]).toEqual([true, true]);
  });

  test("leaves the agent's own new tests its own, whatever the restarts", async () => {
    const dir = await project();
    const nested = (text: string) => ({ "test/new.sh": text, "test.sh": noTest });
    await mkdir(join(dir, "test"));
    await writeFile(join(dir, "test.sh"), "sh test/new.sh\n");
    await manage(dir, claiming(dir, nested("exit 1\n")));
    await manage(dir, claiming(dir, nested("exit 1\n")));
    await manage(dir, claiming(dir, nested("exit 0\n"))); // as it was when the session began
    expect(await isPassing(dir)).toBe(false);
    await manage(dir, claiming(dir));
    expect(await isPassing(dir)).toBe(true);
  });
});

describe("a file that is protected by its name, and is not there", () => {
  test("is laid by the session that writes the list, and by no other", async () => {
    const dir = await emptyDirectory();
    await writeFile(join(dir, "app_spec.txt"), "One file, a.txt.\n");
    const settings = protecting("test.sh", "skip.conf");
    const laid = 'test -f skip.conf || test -f "$1.txt"\n';
    const first = puppet(async () => {
      await writeFile(join(dir, "test.sh"), laid);
      await writeList(dir, [{ id: "a", description: "a", passes: false }]);
      return undefined;
    });
    await manage(dir, first, { settings });
    await manage(dir, claiming(dir, { "skip.conf": "" }), { settings });
    await manage(dir, claiming(dir, { "test.sh": noTest }), { settings });
    expect([await isPassing(dir), await holdsByHand(dir, settings)]).toEqual([false, false]);
    await manage(dir, claiming(dir, { "a.txt": "" }), { settings });
    expect([await isPassing(dir), await holdsByHand(dir, settings)]).toEqual([true, true]);
  });
});
