// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is bash that is quoted
/** Commands from a grammar of bash that leans towards the places where a validator and bash could disagree. */
import type { Random } from "./random.ts";

const names = [
  "ls",
  "cat",
  "git status",
  "npm test",
  "head -1",
  "wc -l",
  "echo",
  "printf '%s'",
  "touch",
  "cp -r",
  "mv",
  "rm -f",
  "mkdir -p",
  "tee",
  "sort",
  "grep -n x",
  "node a.js",
  "env A=1 ls",
  "timeout 5 ls",
  "nohup cat",
  "nice -n 1 ls",
  "sed -i s/a/b/",
  "chmod +x",
  "evil",
  "true",
  "test -f",
  "curl localhost:3000",
  "xargs -0 echo",
  "./init.sh",
  "git commit -m",
  "export Y=1;",
  "cd src &&",
  "cd src;",
  "X=1",
];
const texts = [
  "a",
  "src/a.txt",
  "b.txt",
  "src",
  "src/sub",
  "../x",
  ".git/x",
  "/etc/fz",
  "-n",
  "x=y",
  "~/q",
  ".",
  "src/..",
  "feature_list.json",
  "src/../c.txt",
  "$TMPDIR/z",
  '"$PWD"/w',
];
const variables = ["X", "Y", "i", "HOME", "PWD", "TMPDIR", "UNSET", "1", "@", "?", "!"];

export function command(random: Random, depth = 3): string {
  const forms: readonly (() => string)[] = [
    () => simple(random, depth),
    () => simple(random, depth),
    () => simple(random, depth),
    () =>
      `${command(random, depth - 1)}${random.pick(["; ", " && ", " || ", "\n", " | ", " & ", ";", "&&", "|", " |& ", "\n\n"])}${command(random, depth - 1)}`,
    () => `(${random.pick(["", " "])}${command(random, depth - 1)})`,
    () => `{ ${command(random, depth - 1)}; }`,
    () =>
      `if ${command(random, depth - 1)}; then ${command(random, depth - 1)}; ${random.chance(0.4) ? `else ${command(random, depth - 1)}; ` : ""}fi`,
    () =>
      `for ${random.pick(["X", "i", "f"])} in ${list(random, depth)}; do ${command(random, depth - 1)}; done`,
    () =>
      `while ${random.pick(["false", "[ -z x ]", "read -r X < b.txt && false"])}; do ${command(random, depth - 1)}; done`,
    () =>
      `case ${word(random, depth)} in ${random.pick(["*", "a", "$X", "'x'|y"])}) ${command(random, depth - 1)} ;; esac`,
    () => `! ${command(random, depth - 1)}`,
    () => `time ${random.pick(["", "-p "])}${simple(random, depth)}`,
    () => `X=${word(random, depth)}; ${command(random, depth - 1)}`,
    () => `X=${word(random, depth)} ${simple(random, depth)}`,
    () =>
      `[[ ${word(random, depth)} ${random.pick(["==", "!=", "-eq", "=~", "<"])} ${word(random, depth)} ]] && ${command(random, depth - 1)}`,
    () =>
      `[ ${word(random, depth)} ${random.pick(["=", "-lt", "-gt", "!="])} ${word(random, depth)} ] || ${command(random, depth - 1)}`,
    () => heredoc(random, depth),
    () =>
      `${simple(random, depth)} # ${random.pick(["x", "'", '"', "$(evil)", "`evil`"])}\n${command(random, depth - 1)}`,
    () => `${simple(random, depth)} \\\n  ${word(random, depth)}`,
    () => `f() { ${command(random, depth - 1)}; }; f`,
    () => `((${random.pick(["1", "X+1", "evil) )", "X[$(evil)]"])}))`,
  ];
  return depth <= 0 ? simple(random, depth) : random.pick(forms)();
}

function simple(random: Random, depth: number): string {
  const words = Array.from({ length: random.below(4) }, () => word(random, depth));
  return [random.pick(names), ...words, ...redirections(random, depth)].join(
    random.chance(0.05) ? "\t" : " ",
  );
}

function redirections(random: Random, depth: number): readonly string[] {
  if (!random.chance(0.25)) return [];
  return [
    `${random.pick([">", ">>", "2>", "&>", ">|", "<", "<>", "2>&1 >", ">&", "1>", "<<<", "3>"])}${random.pick(["", " "])}${word(random, depth)}`,
  ];
}

function list(random: Random, depth: number): string {
  return Array.from({ length: 1 + random.below(3) }, () => word(random, depth)).join(" ");
}

function word(random: Random, depth: number): string {
  const count = random.chance(0.3) ? 2 : 1;
  return Array.from({ length: count }, () => piece(random, depth)).join("");
}

function piece(random: Random, depth: number): string {
  const forms: readonly (() => string)[] = [
    () => random.pick(texts),
    () => random.pick(texts),
    () => random.pick(texts),
    () => `'${random.pick(["a b", "$(evil)", '"', "\\", "`evil`", "#", "*"])}'`,
    () => `"${inQuotes(random, depth)}"`,
    () => `$${random.pick(variables)}`,
    () => `\${${random.pick(variables)}}`,
    () =>
      `\${${random.pick(variables)}${random.pick([":-", "-", ":+", "+", "#", "##", "%", "%%", "/", "//", "^^", ",", ":1:2", "@Q", "@P", ":=", ":?"])}${random.chance(0.7) ? piece(random, depth - 1) : ""}}`,
    () => `$(${depth > 0 ? command(random, depth - 1) : "ls"})`,
    () => `\`${depth > 0 ? simple(random, depth - 1) : "ls"}\``,
    () => `$((${random.pick(["1", "1+2", "X", "X+1", "i*2", "$X", "a[$(evil)]", "evil) )", "2*(3+4)"])}))`,
    () => `{${random.pick(["a,b", "1..3", "a,", "src,x", "a", "a,{b,c}", "x..z", "$X,b", "'a,b',c"])}}`,
    () => random.pick(["*", "src/*", "*.txt", "src/?.txt", "[a-c]*", "src/[!x]*", "**", "~", "~root", "~+"]),
    () => `\\${random.pick(["a", "$", "*", " ", '"', "\n", ";", "&", "("])}`,
    () => `$'${random.pick(["a", "\\n", "\\x41", "\\'", "$(evil)", "\\u0041"])}'`,
    () => `$"${random.pick(["a", "$(evil)"])}"`,
    () =>
      random.pick(["$", "#", "!", "=", "%", "@", "{}", "{", "}", "$[1+1]", "<(evil)", ">(evil)", "1>(evil)"]),
  ];
  return random.pick(forms)();
}

function inQuotes(random: Random, depth: number): string {
  const forms: readonly (() => string)[] = [
    () => random.pick(texts),
    () => `$${random.pick(variables)} x`,
    () => `$(${depth > 0 ? command(random, depth - 1) : "ls"})`,
    () => `\`${random.pick(["ls", "evil", "echo \\`evil\\`"])}\``,
    () => `\${X:-${random.pick(["a", "$(evil)", "'$(evil)'", '"a"', "`evil`", "$'$(evil)'"])}}`,
    () => `\\${random.pick(['"', "$", "`", "\\", "n", "\n"])}${random.pick(["(evil)", "x", ""])}`,
    () => `$\\\n(${random.pick(["evil", "ls"])})`,
    () => random.pick(["'", "!", "#", "$", "{a,b}", "*", "a;b", "a|b", "a&&b"]),
  ];
  return random.pick(forms)();
}

function heredoc(random: Random, depth: number): string {
  const delimiter = random.pick(["EOF", "'EOF'", '"EOF"', "\\EOF", "E'O'F", "E"]);
  const end = delimiter.replaceAll(/['"\\]/g, "");
  const dash = random.chance(0.2) ? "-" : "";
  const body = Array.from({ length: 1 + random.below(2) }, () =>
    random.pick([
      "text",
      "$(evil)",
      "`evil`",
      "$X ${X:-a}",
      "\\$(evil)",
      `${end} `,
      ` ${end}`,
      "it's",
      '"',
      "$(ls)",
      "\\\\$(evil)",
      "a\\",
      `\t${end}`,
    ]),
  );
  const tail = random.pick(["", " | cat", " > src/h.txt", "; evil", " && ls", " 2>&1 | evil"]);
  return `${random.pick(["cat", "tee src/t", "node", "git commit -F -"])} <<${dash}${delimiter}${tail}\n${body.join("\n")}\n${dash === "" ? "" : "\t"}${random.chance(0.95) ? end : `${end} `}\n${command(random, depth - 1)}`;
}
