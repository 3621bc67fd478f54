import {
  chmodSync,
  copyFileSync,
  existsSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaults } from "../../src/config/defaults.ts";
import type { Feature } from "../../src/core/features.ts";
import { findMarked } from "../../src/processes/tree.ts";
import { workTree } from "../../src/project/git/work-tree.ts";
import { statePaths } from "../../src/project/paths.ts";
import type { VerifySettings } from "../../src/verify/settings.ts";
import {
  runVerification,
  type VerificationOptions,
  type VerificationRequest,
} from "../../src/verify/verification.ts";
import { newMarker } from "../processes/shell.ts";
import { fingerprint } from "../project/fingerprint.ts";
import { git, repository, scratch, write } from "../project/scratch.ts";

const feature = (
  id: string,
  verify: Feature["verify"] = null,
  dependsOn: readonly string[] = [],
): Feature => ({
  ...{ id, description: id, steps: [], passes: true, category: null, priority: null },
  ...{ dependsOn, verify },
});

function verify(
  dir: string,
  features: readonly Feature[],
  settings: Partial<VerifySettings> = {},
  more: Partial<VerificationRequest & VerificationOptions> = {},
) {
  const claimed = new Set(features.map(({ id }) => id));
  const protectedFrom = { handedOver: [], session: null };
  const request = { features, claimed, gate: false, protectedFrom, alone: true, ...more };
  return runVerification(request, {
    dir,
    env: { PATH: process.env.PATH },
    marker: newMarker(),
    signal: new AbortController().signal,
    mayRun: () => ({ allow: true, rule: "test" }),
    settings: { ...defaults.verify, ...settings },
    ...more,
  });
}

describe("what verification does to the project", () => {
  it("undoes what commands change in repositories inside it, and leaves their history alone", async () => {
    const dir = repository();
    git(dir, "init", "-q", "sub");
    write(dir, { "sub/f.txt": "mine\n" });
    const mess = "echo x > sub/f.txt && git init -q made && echo y > made/y.txt && git -C sub add f.txt";
    const { undone } = await verify(dir, [feature("a", mess)]);
    expect(undone?.toSorted()).toEqual(["made/y.txt", "sub/f.txt"]);
    expect(readFileSync(join(dir, "sub/f.txt"), "utf8")).toBe("mine\n");
    expect(git(join(dir, "sub"), "ls-files")).toBe("f.txt");
  });

  it("leaves no trace: what commands change is told and undone, and uncommitted work survives", async () => {
    const dir = repository({ "a.txt": "a\n", "gone.txt": "g\n", ".gitignore": "cache/\n" });
    write(dir, { "a.txt": "changed, not committed\n", "new/work.txt": "not even added\n" });
    const before = fingerprint(dir, []);
    const mess =
      "echo x >> a.txt; rm -rf new gone.txt; echo y > made.txt; echo made2.txt >> .gitignore; touch made2.txt; chmod +x .gitignore; mkdir -p cache; echo kept > cache/c";
    const { results, undone } = await verify(dir, [feature("a", mess)]);
    expect(results).toMatchObject([{ featureId: "a", ok: true, author: "agent" }]);
    expect(undone?.toSorted()).toEqual([
      ".gitignore",
      "a.txt",
      "gone.txt",
      "made.txt",
      "made2.txt",
      "new/work.txt",
    ]);
    expect(fingerprint(dir, ["cache"])).toEqual(before);
    expect(readFileSync(join(dir, "cache/c"), "utf8")).toBe("kept\n");
  });

  it("says nothing of what it left as it was, and does nothing where nothing decides", async () => {
    const dir = repository();
    expect(await verify(dir, [feature("a", "touch a.txt; git status")])).not.toHaveProperty("undone");
    expect(await verify(dir, [feature("a")], { setup: "touch ran" }, { gate: true })).toEqual({
      results: [],
    });
    expect(existsSync(join(dir, "ran"))).toBe(false);
  });

  it("brings back a project that a command has deleted", async () => {
    const dir = repository({ "a.txt": "a\n", "src/b.txt": "b\n" });
    write(dir, { "untracked.txt": "u\n" });
    const before = fingerprint(dir, []);
    const { undone } = await verify(dir, [feature("a", "rm -rf ./*")]);
    expect(undone).toHaveLength(3);
    expect(fingerprint(dir, [])).toEqual(before);
  });

  it("says what to do where the repository went with it", async () => {
    const dir = repository();
    await expect(verify(dir, [feature("a", 'rm -rf .git "$PWD"/*')])).rejects.toMatchObject({
      code: "git-failed",
      hint: expect.stringContaining("`.git`"),
    });
  });

  it("undoes also after an abort", async () => {
    const dir = repository();
    const stop = new AbortController();
    const settings = { setup: "echo x > a.txt", teardown: "touch torn" };
    const mayRun = () => {
      stop.abort();
      return { allow: true, rule: "test" } as const;
    };
    await verify(dir, [feature("a", "true")], settings, { signal: stop.signal, mayRun });
    expect(readFileSync(join(dir, "a.txt"), "utf8")).toBe("a\n");
    expect(existsSync(join(dir, "torn"))).toBe(false);
  });

  it("gets through commands that hang, fork, flood, want a terminal or do not exist", async () => {
    const dir = repository();
    const marker = newMarker();
    const [hung] = (await verify(dir, [feature("hangs", "sleep 600")], { timeoutMs: 300 }, { marker }))
      .results;
    expect(hung).toMatchObject({ ok: false, exitCode: null });
    const list = [
      feature("forks", "for i in 1 2 3 4 5; do (setsid sleep 600 &) ; done; test -d ."),
      feature("floods", "yes | head -c 50000000"),
      feature("asks", "read answer < /dev/tty"),
      feature("missing", "no-such-program"),
    ];
    const { results } = await verify(dir, list, {}, { marker });
    expect(results.map(({ featureId, ok, exitCode }) => [featureId, ok, exitCode])).toEqual([
      ["forks", true, 0],
      ["floods", true, 0],
      ["asks", false, expect.any(Number)],
      ["missing", false, 127],
    ]);
    expect(await findMarked(marker)).toEqual([]);
  });
});

describe("a setup that fails", () => {
  it("is told as itself; claims are not confirmed, and nothing runs", async () => {
    const dir = repository();
    const list = [feature("claimed", "touch ran"), feature("passing", "touch ran"), feature("undecided")];
    const claimed = new Set(["claimed", "undecided"]);
    const settings = { setup: "echo no database; exit 1", teardown: "false" };
    const { results } = await verify(dir, list, settings, { claimed });
    expect(results).toMatchObject([
      { featureId: null, role: "setup", ok: false, author: "person" },
      { featureId: "claimed", ok: false, notRun: "setup" },
      { featureId: null, role: "teardown", ok: false },
    ]);
    expect(results).toHaveLength(3);
    expect(existsSync(join(dir, "ran"))).toBe(false);
  });
});

describe("dependencies", () => {
  it("come first, and what depends on a failure is not run but told", async () => {
    const dir = repository();
    const list = [
      feature("c", "touch ran", ["b"]),
      feature("b", "touch ran", ["a"]),
      feature("a", "exit 1"),
      feature("d", "test -d .", ["elsewhere"]),
      feature("e", "test -d .", ["f"]),
      feature("f", "test -d .", ["e"]),
      feature("g", "test -d .", ["g"]),
    ];
    const { results } = await verify(dir, list);
    expect(results.map(({ featureId, ok, notRun }) => [featureId, ok, notRun])).toEqual([
      ["a", false, undefined],
      ["d", true, undefined],
      ["b", false, "dependency"],
      ["c", false, "dependency"],
      ["e", true, undefined],
      ["f", true, undefined],
      ["g", true, undefined],
    ]);
    expect(results[2]?.outputTail).toContain("a, which it depends on");
  });
});

describe("protected files (C1 to C4)", () => {
  const protect = ["test/**", "runner.conf"];
  const files = {
    "run.sh": 'test -e runner.conf && for t in test/*.sh; do sh "$t" || exit 1; done\n',
    "runner.conf": "all\n",
    "test/a.sh": "grep -q done a.txt\n",
    "test/deep/b.txt": "fixture\n",
    "a.txt": "to do\n",
    ".gitignore": "node_modules/\n.env\n",
  };

  async function begun(): Promise<{ dir: string; before: string }> {
    const dir = repository(files);
    write(dir, { "node_modules/dep/index.js": "dep\n", ".env": "X=1\n" });
    return { dir, before: await workTree(dir) };
  }
  const from = (handedOver: string, session: string | null = null) => ({
    protectedFrom: { handedOver: [handedOver], session },
  });
  const command = "sh run.sh {id}";

  it("count as they were before the session: rewritten, deleted, replaced, moved or ignored", async () => {
    const cheats: readonly ((dir: string) => void)[] = [
      (dir) => write(dir, { "test/a.sh": "exit 0\n" }),
      (dir) => rmSync(join(dir, "test"), { recursive: true }),
      (dir) => git(dir, "mv", "test/a.sh", "test/a.old"),
      (dir) => {
        rmSync(join(dir, "test"), { recursive: true });
        write(dir, { "fake/a.sh": "exit 0\n" });
        symlinkSync("fake", join(dir, "test"));
      },
      (dir) => {
        write(dir, { "test/a.sh": "exit 0\n", ".gitignore": "test/\n" });
        git(dir, "rm", "-rq", "--cached", "test");
        git(dir, "add", "-A");
        git(dir, "commit", "-qm", "no tests");
      },
      (dir) => {
        write(dir, { "test/a.sh": "exit 0\n" });
        git(join(dir, "test"), "init", "-q");
      },
    ];
    for (const cheat of cheats) {
      const { dir, before } = await begun();
      cheat(dir);
      const now = fingerprint(dir, []);
      const { results, held } = await verify(dir, [feature("a")], { command, protect }, from(before));
      expect(results).toMatchObject([{ featureId: "a", ok: false, exitCode: 1, author: "person" }]);
      expect(held).toContain("test/a.sh");
      expect(fingerprint(dir, [])).toEqual(now);
    }
  });

  it("count as they were, whatever the repository is made to say of them", async () => {
    const blob = (dir: string) => {
      write(dir, { ".forged": "exit 0\n" });
      return git(dir, "hash-object", "-w", ".forged");
    };
    const tree = (dir: string) => {
      write(dir, { "test/a.sh": "exit 0\n" });
      git(dir, "add", "test/a.sh");
      return git(dir, "write-tree");
    };
    const forge = (dir: string, name: string, by: string) => {
      const file = (id: string) => join(dir, ".git/objects", id.slice(0, 2), id.slice(2));
      const object = git(dir, "rev-parse", name);
      rmSync(file(object));
      copyFileSync(file(git(dir, "rev-parse", by)), file(object));
    };
    const cheats: Readonly<Record<string, (dir: string, before: string) => unknown>> = {
      "replaces the file's object": (dir, before) => git(dir, "replace", `${before}:test/a.sh`, blob(dir)),
      "replaces the tree": (dir, before) => git(dir, "replace", `${before}^{tree}`, tree(dir)),
      "forges the file's object": (dir, before) => forge(dir, `${before}:test/a.sh`, blob(dir)),
      "forges the directory's tree": (dir, before) => forge(dir, `${before}:test`, `${tree(dir)}:test`),
      "forges the whole tree": (dir, before) => forge(dir, `${before}^{tree}`, tree(dir)),
      "forges the commit": (dir, before) =>
        forge(dir, before, git(dir, "commit-tree", tree(dir), "-m", "forged")),
    };
    const found: Record<string, unknown> = {};
    for (const [name, cheat] of Object.entries(cheats)) {
      const { dir, before: held } = await begun();
      const before = git(dir, "commit-tree", held, "-m", "before");
      cheat(dir, before);
      const { results } = await verify(dir, [feature("a")], { command, protect }, from(before));
      found[name] = results.find(({ featureId }) => featureId === "a")?.ok;
    }
    expect(found).toEqual(Object.fromEntries(Object.keys(cheats).map((name) => [name, false])));
  });

  it("hold with honest work, new tests and what is not committed, beside the ignored files", async () => {
    const { dir, before } = await begun();
    write(dir, { "a.txt": "done\n", "test/new.sh": "test -e test/deep/b.txt && echo new ran\n" });
    chmodSync(join(dir, "run.sh"), 0o755);
    symlinkSync("a.txt", join(dir, "link"));
    const looks = [
      "./run.sh",
      "test -L link",
      "cat node_modules/dep/index.js .env",
      'case "$PWD" in */.onward/copy/files) ;; *) exit 9;; esac',
    ].join(" && ");
    writeFileSync(join(dir, "run.sh"), `#!/bin/sh\n${files["run.sh"]}`);
    const { results, held } = await verify(dir, [feature("a", looks)], { protect }, from(before));
    expect(results).toMatchObject([{ ok: true, outputTail: expect.stringContaining("new ran\n") }]);
    expect(held).toBeUndefined();
    expect(existsSync(statePaths(dir).copy)).toBe(false);
  });

  it("are those of repositories inside the project as well, which are copied like the rest", async () => {
    const { dir } = await begun();
    git(dir, "init", "-q", "lib");
    write(dir, { "lib/test/a.sh": "exit 1\n", "lib/cache/c": "ignored\n", "lib/.gitignore": "cache/\n" });
    const before = await workTree(dir);
    write(dir, { "lib/test/a.sh": "exit 0\n", "lib/new.txt": "new\n" });
    const looks = "cat lib/cache/c lib/new.txt && sh lib/test/a.sh";
    const settings = { protect: ["**/test/**"] };
    const { results, held } = await verify(dir, [feature("a", looks)], settings, from(before));
    expect(results).toMatchObject([{ ok: false, exitCode: 1, outputTail: "ignored\nnew\n" }]);
    expect(held).toEqual(["lib/test/a.sh"]);
  });

  it("are copied for setup and teardown as well, and what is changed there is not the project's", async () => {
    const { dir, before } = await begun();
    const settings = { protect, setup: "echo done > a.txt", teardown: "test -e a.txt", command: "sh run.sh" };
    const { results, undone } = await verify(dir, [], settings, { ...from(before), gate: true });
    expect(results).toMatchObject([{ featureId: null, ok: true }]);
    expect(undone).toBeUndefined();
    expect(readFileSync(join(dir, "a.txt"), "utf8")).toBe("to do\n");
  });

  it("count as the oldest tree has them; newer ones as the next one", async () => {
    const { dir, before } = await begun();
    rmSync(join(dir, "test/deep/b.txt"));
    write(dir, { "test/a.sh": "exit 0\n", "test/new.sh": "exit 0\n", "test/deep/b.txt/c": "odd\n" });
    const next = await workTree(dir);
    write(dir, { "test/a.sh": "exit 1\n", "test/new.sh": "exit 1\n", "a.txt": "done\n" });
    const { results, held } = await verify(
      dir,
      [feature("a", "sh run.sh && cat test/deep/b.txt")],
      { protect },
      from(before, next),
    );
    expect(results).toMatchObject([{ ok: true, outputTail: "fixture\n" }]);
    expect(held?.toSorted()).toEqual(["test/a.sh", "test/deep/b.txt", "test/new.sh"]);
  });

  it("stay absent where they are named and were absent, also when ignored; new tests count", async () => {
    const names = [
      "vitest.config.*",
      "package.json",
      ".npmrc",
      "*.json",
      "**/jest.config.js",
      "lib",
      "test/setup.sh",
    ];
    const added = {
      "vitest.config.ts": false,
      "package.json": false,
      ".npmrc": false,
      "other.json": false,
      "src/deep/jest.config.js": false,
      "test/setup.sh": false,
      "src/package.json": true,
      "lib/helper.sh": true,
      "test/new.sh": true,
      "src/vitest.config.ts": true,
    };
    for (const ignored of [false, true]) {
      const { dir, before } = await begun();
      write(dir, Object.fromEntries(Object.keys(added).map((path) => [path, "exit 0\n"])));
      const all = Object.keys(added).map((path) => `/${path}\n`);
      if (ignored) write(dir, { ".gitignore": `${files[".gitignore"]}${all.join("")}` });
      const looks = Object.keys(added).map((path) => feature(path, `test -e ${path}`));
      const settings = { protect: ["test/**", "src/**/*.sh", ...names] };
      const { results, held } = await verify(dir, looks, settings, from(before, await workTree(dir)));
      expect(Object.fromEntries(results.map(({ featureId, ok }) => [featureId, ok]))).toEqual(added);
      const left = Object.entries(added).flatMap(([path, counts]) => (counts ? [] : [path]));
      expect(held?.toSorted()).toEqual(left.toSorted());
    }
  });

  it("are not got round through npm's own settings, which the setup may need", async () => {
    const { dir, before } = await begun();
    const home = scratch();
    write(home, { ".npmrc": "script-shell=/bin/true\n" });
    write(dir, { "package.json": '{"scripts": {"test": "exit 1"}}\n' });
    const settings = { command: "npm test", setup: 'test "$(npm config get script-shell)" = /bin/true' };
    const env = { PATH: process.env.PATH, HOME: home };
    const ended: unknown[] = [];
    for (const files of [[], protect]) {
      const more = { ...from(before), gate: true, env };
      const { results } = await verify(dir, [], { ...settings, protect: files }, more);
      ended.push(...results.map(({ role, exitCode }) => [role, exitCode]));
    }
    expect(ended).toEqual([
      [undefined, 0],
      [undefined, 1],
    ]);
  });

  it("let nothing pass where they are lost", async () => {
    const { dir } = await begun();
    for (const { protectedFrom } of [from("0".repeat(40)), { protectedFrom: "lost" }] as const) {
      const { results } = await verify(dir, [feature("a", "true")], { protect }, { protectedFrom });
      expect(results).toMatchObject([
        { role: "setup", ok: false },
        { featureId: "a", ok: false, notRun: "setup" },
      ]);
    }
  });

  it("in a project below the top of a repository", async () => {
    const top = repository({ "outside.txt": "o\n" });
    const dir = join(top, "app");
    write(dir, files);
    const before = await workTree(dir);
    write(dir, { "test/a.sh": "exit 0\n" });
    const { results, held } = await verify(dir, [feature("a")], { command, protect }, from(before));
    expect(results).toMatchObject([{ ok: false, exitCode: 1 }]);
    expect(held).toEqual(["test/a.sh"]);
  });

  it("are looked at by git as in place (C3), whatever the agent makes of the project's repository", async () => {
    for (const below of ["", "app"]) {
      const top = repository({ "outside.txt": "o\n" });
      const dir = join(top, below);
      write(dir, { ...files, "src/one.ts": "1\n", "node_modules/dep/index.js": "dep\n" });
      git(dir, "add", "-A");
      git(dir, "commit", "-qm", "second");
      git(dir, "tag", "v1");
      write(dir, { "src/two.ts": "2\n" });
      const before = await workTree(dir);
      git(dir, "config", "alias.ls-tests", "!echo forged");
      write(dir, { "test/a.sh": "exit 0\n" });
      const looks = [
        "git ls-files src",
        "git status --porcelain --untracked-files=all -- . | grep -v two.ts",
        "git diff --exit-code && git check-ignore -q node_modules",
        "git describe --tags && git log --format=%s && git rev-parse --abbrev-ref HEAD",
        "git show HEAD:./test/a.sh && git rev-parse --show-prefix",
        "! git ls-tests",
      ];
      const list = looks.map((line, index) => feature(String(index), `{ ${line}; } 2>/dev/null`));
      const { results } = await verify(dir, list, { protect }, from(before));
      expect(results.map(({ ok, outputTail }) => [ok, outputTail])).toEqual([
        [true, "src/one.ts\nsrc/two.ts\n"],
        [false, ""],
        [true, ""],
        [true, "v1\nsecond\nfirst\nmain\n"],
        [true, `grep -q done a.txt\n${below === "" ? "\n" : "app/\n"}`],
        [true, ""],
      ]);
      expect(git(dir, "status", "--porcelain").split("\n")).toHaveLength(2);
    }
  });

  it("take the place of what a dead manager left", async () => {
    const { dir, before } = await begun();
    write(dir, { ".onward/copy/files/stale.txt": "old\n" });
    symlinkSync(join(dir, "test"), join(dir, ".onward/copy/files/test"));
    const { results } = await verify(dir, [feature("a", "test ! -e stale.txt")], { protect }, from(before));
    expect(results).toMatchObject([{ ok: true }]);
    expect(existsSync(join(dir, "test/a.sh"))).toBe(true);
    expect(() => readlinkSync(join(dir, ".onward/copy"))).toThrow("ENOENT");
  });
});
