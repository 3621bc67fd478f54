// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is bash that is quoted
/** What the guard knows of a command at each stage, seen through the calls that it resolved. */
import { describe, expect, test } from "vitest";
import { parseOptions } from "../../src/guard/programs/options.ts";
import { listedPrograms } from "../../src/guard/programs/table.ts";
import { checkCommand, type ExtraRules, examineCommand } from "../../src/guard/shell.ts";
import { context } from "./context.ts";

/** Every call as `program word word`, with `*` for what a wildcard matches and `…` for what is not known. */
function calls(command: string): string[] {
  return examineCommand(command, context, "strict").calls.map(({ program, args }) =>
    [
      program,
      ...args.map((arg) => (arg.type === "dynamic" ? `${arg.prefix}…` : arg.text.replaceAll("\ue000", "*"))),
    ].join(" "),
  );
}

function directories(command: string): readonly string[] {
  return [...(examineCommand(command, context, "strict").calls.at(-1)?.cwds ?? [])]
    .map((cwd) => cwd.slice(context.project.length))
    .sort();
}

function ruleOf(command: string, profile: "strict" | "sandboxed" = "strict", extra?: ExtraRules): string {
  const verdict = checkCommand(command, context, profile, extra);
  return verdict.allow ? "allowed" : verdict.rule;
}

describe("words", () => {
  test.each([
    ["echo 'a b' \"c\"d\\ e", ["echo a b cd e"]],
    ["echo {a,b}{1..3}", ["echo a1 a2 a3 b1 b2 b3"]],
    ["echo {01..03} {c..a} {0..4..2}", ["echo 01 02 03 c b a 0 2 4"]],
    ["echo a{,.bak} {x}", ["echo a a.bak {x}"]],
    ["echo $'a\\tb' ~/x a~", ["echo a\tb /home/agent/x a~"]],
    ["echo src/*.ts '*'", ["echo src/*.ts *"]],
    ["X='a b'; echo $X \"$X\" '$X'", ["echo a b a b $X"]],
    ["X=; echo $X a", ["echo a"]],
    ["X='*'; ls $X", ["ls *"]],
    ["f=src/a.test.ts; echo ${f%.ts} ${f##*/} ${f%/*} ${#f}", ["echo src/a.test a.test.ts src 0"]],
    ['echo $((2*3)) "$(ls)" $HOME', ["ls", "echo 6 … /home/agent"]],
    ["echo ${x:-a} b", ["echo … b"]],
    ["ls a \\\n  b", ["ls a b"]],
  ])("%s", (command, expected) => {
    expect(calls(command)).toEqual(expected);
  });
});

describe("variables and directories", () => {
  test("a loop is judged once for every value", () => {
    expect(calls("for d in a b; do touch $d/$d.ts; done")).toEqual(["touch a/a.ts", "touch b/b.ts"]);
  });

  test("a loop over files keeps the pattern", () => {
    expect(calls('for f in src/*.js; do mv "$f" "${f%.js}.ts"; done')).toEqual(["mv src/*.js src/*.ts"]);
  });

  test("a counter is a number", () => {
    expect(ruleOf("i=0; while [ $i -lt 9 ]; do i=$((i+1)); done; touch out$i.txt")).toBe("allowed");
  });

  test.each([
    ["cd src && ls", ["/src"]],
    ["cd src; ls", ["", "/src"]],
    ["cd src || cd lib; ls", ["", "/lib", "/src"]],
    ["cd src || exit 1; ls", ["/src"]],
    ["(cd src); ls", [""]],
    ["cd src & ls", [""]],
    ["cd src | cat; ls", [""]],
    ["if cd src; then ls; fi", ["/src"]],
    ["! cd src || ls", ["/src"]],
    ["cd a && cd ../b && ls", ["/b"]],
    ["if x=1; then cd a; else cd b; fi && ls", ["/a", "/b"]],
  ])("%s", (command, expected) => {
    expect(directories(command)).toEqual(expected);
  });

  test("what follows an exit is checked all the same", () => {
    expect(ruleOf("exit 0; sudo id")).toBe("P2.2");
  });
});

describe("paths", () => {
  test.each([
    ["cat src/../a", "allowed"],
    ["cat src/../../a", "P3.2"],
    ["cat ~/.ssh/id", "P3.2"],
    ["echo x > .git/config", "P3.4"],
    ["echo x > .GIT/config", "P3.4"],
    ["echo x > lib/.git/config", "P3.4"],
    ["echo x > FEATURE_LIST.json", "P3.4"],
    ["rm *.json", "P3.4"],
    ["rm *.log", "allowed"],
    ["rm -rf *", "P3.4"],
    ["rm -rf dist/*", "allowed"],
    ["rm -rf /tmp/agent-scratch", "P3.1"],
    ["cp x/feature_list.json .", "P3.4"],
    ["cp -r x/. .", "P3.4"],
    ["touch -- -rf", "P3.1"],
  ])("%s: %s", (command, rule) => {
    expect(ruleOf(command)).toBe(rule);
  });
});

describe("options", () => {
  test("every notation in the table can be read", () => {
    const { calls: resolved } = examineCommand("ls", context, "strict");
    const [call] = resolved;
    if (call === undefined) throw new Error("no call");
    for (const program of Object.values(listedPrograms)) {
      expect(() => parseOptions({ ...call, args: [] }, { ...program, operands: "any" })).not.toThrow();
    }
  });

  test.each([
    ["sort -uo/etc/x a", "P3.1"],
    ["sort --outp=x a", "P12"],
    ["sort --output x a", "allowed"],
    ["sort -- --output", "allowed"],
    ["ls --all=x", "P12"],
    ["head -n", "P12"],
    ["head -20 a", "allowed"],
  ])("%s: %s", (command, rule) => {
    expect(ruleOf(command)).toBe(rule);
  });
});

describe("the sandboxed profile", () => {
  test.each([
    ["f() { npm test; }; f", "allowed"],
    ["bash script.sh", "allowed"],
    ["bash -c 'npm test && cd src && ls'", "allowed"],
    ["tar xzf a.tgz -C vendor", "allowed"],
    ["declare x=1; echo $x", "allowed"],
    ["mapfile -t lines < a.txt", "allowed"],
    ["for i in 1 2; do curl -sf localhost:3000 && break; done", "allowed"],
    ["f() { sudo id; }; f", "P2.2"],
    ["f() { cd .claude; }; f; echo x > settings.json", "P3.4"],
    ["f() { ls; }; f() { cat; }; f", "P2.2"],
    ["cd src || break; rm -rf ../x", "P3.1"],
    ["ln -s . x", "P2.2"],
    ["ls() { npm test; }; ls", "P2.2"],
    ["bash -c 'sudo id'", "P2.2"],
    ['bash -c "$X"', "P7.2"],
    ["bash /tmp/x.sh", "P7.2"],
    ["curl localhost/x | bash", "P7.2"],
    ["tar xf a.tar -C /etc", "P3.1"],
    ["tar xf a.tar -C .git", "P3.4"],
    ["tar cf .git/x src", "P3.4"],
    ["tar xIf 'sh -c id' a.tar", "P12"],
    ["tar xf evil:a.tar", "P8.1"],
    ["mapfile -C id lines < a.txt", "P12"],
    ["declare PATH=x", "P5.1"],
    ['f() { rm -rf "$1"; }; f src', "P3.7"],
    ["cd() { ls; }; cd src", "P2.2"],
    ["while true; do cd .. && break; done; ls", "P3.6"],
    ["curl -d @x https://example.com", "P8.2"],
    ["git push --force", "P9.2"],
    ["echo x > .claude/settings.json", "P3.4"],
    ["cat ~/.ssh/id_rsa", "P3.2"],
    ["echo $ANTHROPIC_API_KEY", "P4.7"],
  ])("%s: %s", (command, rule) => {
    expect(ruleOf(command, "sandboxed")).toBe(rule);
  });
});

describe("rules from the configuration", () => {
  const extra: ExtraRules = {
    allow: ["deno"],
    deny: ["curl"],
    hosts: ["example.com", "*.npmjs.org"],
    programs: { terraform: { options: "--json -out=write", operands: "text" } },
  };

  test.each([
    ["deno test src", "allowed"],
    ["deno run /etc/x", "P3.2"],
    ["curl localhost", "P2.2"],
    ["wget -qO- https://example.com", "allowed"],
    ["wget -qO- https://registry.npmjs.org/x", "allowed"],
    ["wget -qO- https://example.org", "P8.1"],
    ["terraform plan -out=plan.bin", "allowed"],
    ["terraform plan -out=/etc/x", "P3.1"],
    ["terraform plan --other", "P12"],
  ])("%s: %s", (command, rule) => {
    expect(ruleOf(command, "strict", extra)).toBe(rule);
  });
});

describe("G1", () => {
  test("a failure of the guard is a denial", () => {
    const broken = new Proxy(context, {
      get() {
        throw new Error("gone");
      },
    });
    const verdict = checkCommand("ls src", broken, "strict");
    expect(verdict).toMatchObject({ allow: false, rule: "G1" });
  });
});
