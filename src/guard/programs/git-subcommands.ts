/** P9.1, P9.2: the options of git's subcommands. What would run a program, or read or write elsewhere, is left out. */
import {
  gitConfig,
  gitOperands,
  gitPush,
  gitRemote,
  gitStash,
  gitTransport,
  gitTreePaths,
  gitWorktree,
} from "./git-words.ts";
import { has } from "./options.ts";
import type { Program } from "./program.ts";

const diffOptions = `-U=number -M[=text] -C[=text] -B[=text] -S=text -G=text -l=number --stat[=text] --numstat --shortstat --dirstat[=text]
  --name-only --name-status --summary --patch --no-patch --raw --unified=number --color[=text] --no-color
  --word-diff[=text] --word-diff-regex=text --color-words[=text] --color-moved[=text] --minimal --patience --histogram
  --diff-algorithm=text --diff-filter=text --find-renames[=text] --find-copies[=text] --no-renames --full-index
  --abbrev[=number] --binary --text --ignore-all-space --ignore-space-change --ignore-space-at-eol
  --ignore-blank-lines --function-context --inter-hunk-context=number --relative[=path] --no-relative --exit-code
  --quiet --check --cached --staged --merge-base --no-ext-diff --no-textconv --pickaxe-regex --pickaxe-all
  --compact-summary --patch-with-stat --src-prefix=text --dst-prefix=text --no-prefix --submodule[=text] --ws-error-highlight=text`;
const logOptions = `-# -n=number -L=text --oneline --graph --decorate[=text] --no-decorate --all --branches[=text] --tags[=text] --remotes[=text]
  --author=text --committer=text --since=text --after=text --until=text --before=text --grep=text --all-match
  --invert-grep --max-count=number --skip=number --pretty[=text] --format=text --date=text --abbrev-commit
  --no-abbrev-commit --reverse --merges --no-merges --first-parent --follow --name-only --full-history
  --date-order --topo-order --author-date-order --left-right --cherry-pick --cherry-mark --boundary --count
  --show-signature --relative-date --parents --children --source --ancestry-path --simplify-by-decoration
  --not --no-walk --walk-reflogs --notes[=text] --no-notes --mailmap --use-mailmap --expand-tabs[=number] --root`;

export const gitSubcommands: Readonly<Record<string, Program | undefined>> = {
  status: {
    flags: "sbvzh",
    options: `-u[=text] --short --branch --porcelain[=text] --long --verbose --untracked-files[=text] --ignored[=text]
      --ahead-behind --no-ahead-behind --renames --no-renames --show-stash --column[=text]`,
    judge: gitOperands,
  },
  log: { flags: "pmcgizabwEFPR", options: `${logOptions} ${diffOptions}`, judge: gitOperands },
  show: { flags: "pmcszabwR", options: `${logOptions} ${diffOptions}`, judge: gitOperands },
  diff: { flags: "pszabwRW", options: diffOptions, judge: gitOperands },
  add: {
    flags: "AufnvN",
    options: `--all --update --force --dry-run --verbose --intent-to-add --ignore-errors --ignore-missing --renormalize
      --chmod=text --no-all --refresh --sparse`,
    judge: gitOperands,
  },
  commit: {
    flags: "aqvsno",
    options: `-m=any -F=read -C=text -u[=text] --message=any --file=read --all --amend --no-edit --allow-empty
      --allow-empty-message --author=text --date=text --quiet --verbose --signoff --no-signoff --no-verify --verify
      --dry-run --short --porcelain --no-gpg-sign --only --include --fixup=text --squash=text --reuse-message=text
      --reset-author --no-post-rewrite --status --no-status --cleanup=text --trailer=any --branch`,
    judge: gitOperands,
  },
  branch: {
    flags: "advrDmMcCfqil",
    options: `-u=text --list --all --remotes --show-current --delete --move --copy --force --verbose --merged[=text]
      --no-merged[=text] --contains[=text] --no-contains[=text] --set-upstream-to=text --unset-upstream --track[=text]
      --no-track --sort=text --format=text --column[=text] --no-column --color[=text] --no-color --points-at=text
      --ignore-case --abbrev[=number] --no-abbrev --quiet`,
    judge: gitOperands,
  },
  checkout: {
    flags: "fqdtlm",
    options: `-b=text -B=text --force --quiet --detach --ours --theirs --track[=text] --no-track --orphan=text --merge --progress
      --no-progress --guess --no-guess --overwrite-ignore --recurse-submodules[=text] --no-recurse-submodules`,
    judge: gitTreePaths,
  },
  switch: {
    flags: "dfqtm",
    options: `-c=text -C=text --create=text --force-create=text --detach --force --discard-changes --quiet --track[=text]
      --no-track --orphan=text --guess --no-guess --merge --progress --no-progress`,
    judge: gitOperands,
  },
  restore: {
    flags: "SWqm",
    options:
      "-s=text --source=text --staged --worktree --quiet --ours --theirs --merge --overlay --no-overlay",
    judge: (call, parsed) => {
      // Taking a file out of the index does not touch the file.
      if (has(parsed, "-S", "--staged") && !has(parsed, "-W", "--worktree")) gitOperands(call, parsed);
      else gitTreePaths(call, parsed);
    },
  },
  stash: {
    flags: "ukaqSp",
    options: `-m=any --message=any --include-untracked --all --keep-index --no-keep-index --index --quiet --staged --stat
      --oneline --name-only --name-status -#`,
    judge: gitStash,
  },
  merge: {
    flags: "nqv",
    options: `-m=any -X=text -F=read --no-ff --ff --ff-only --squash --no-squash --abort --continue --quit --no-edit --no-commit
      --commit --strategy-option=text --quiet --verbose --stat --no-stat --autostash --no-autostash
      --allow-unrelated-histories --signoff --no-verify --log[=number] --no-log --file=read`,
    judge: gitOperands,
  },
  rebase: {
    flags: "qvf",
    options: `-X=text --abort --continue --skip --quit --onto=text --autostash --no-autostash --autosquash --no-autosquash
      --keep-empty --empty=text --strategy-option=text --quiet --verbose --stat --no-stat --fork-point
      --no-fork-point --rebase-merges[=text] --no-rebase-merges --update-refs --root --keep-base --force-rebase
      --committer-date-is-author-date --no-verify`,
    judge: gitOperands,
  },
  reset: {
    flags: "qN",
    options: "--hard --soft --mixed --keep --merge --quiet --no-quiet --refresh --no-refresh --intent-to-add",
    judge: gitOperands,
  },
  rm: {
    flags: "rfnq",
    options: "--cached --force --dry-run --quiet --ignore-unmatch --sparse",
    judge: (call, parsed) => gitTreePaths(call, parsed, { removes: true }),
  },
  mv: {
    flags: "fknv",
    options: "--force --dry-run --verbose --sparse",
    judge: (call, parsed) => gitTreePaths(call, parsed, { removes: true }),
  },
  tag: {
    flags: "alndf",
    options: `-# -m=any -F=read --list --annotate --message=any --file=read --delete --force --contains[=text] --no-contains[=text]
      --merged[=text] --no-merged[=text] --sort=text --format=text --points-at=text --column[=text] --no-sign
      --color[=text] --ignore-case`,
    judge: gitOperands,
  },
  init: {
    flags: "q",
    options: "-b=text --initial-branch=text --quiet --object-format=text",
    operands: ["path", "none"],
  },
  "rev-parse": {
    flags: "q",
    options: `--short[=number] --abbrev-ref[=text] --show-toplevel --git-dir --absolute-git-dir --git-common-dir --verify --quiet
      --is-inside-work-tree --is-inside-git-dir --is-bare-repository --show-prefix --show-cdup --symbolic
      --symbolic-full-name --all --branches[=text] --tags[=text] --remotes[=text] --is-shallow-repository
      --show-object-format[=text]`,
    judge: gitOperands,
  },
  "rev-list": { options: `--objects ${logOptions}`, judge: gitOperands },
  "ls-files": {
    flags: "cdmosuztvfk",
    options: `-x=text --cached --deleted --modified --others --ignored --stage --unmerged --killed --directory
      --no-empty-directory --exclude=text --exclude-standard --error-unmatch --full-name --abbrev[=number] --eol
      --deduplicate --format=text`,
    judge: gitOperands,
  },
  "ls-tree": {
    flags: "drtlz",
    options:
      "--long --name-only --name-status --object-only --full-name --full-tree --abbrev[=number] --format=text",
    judge: gitOperands,
  },
  "cat-file": { flags: "etps", judge: gitOperands },
  blame: {
    flags: "bcefnpstwl",
    options: `-L=text -M[=number] -C[=number] --root --show-stats --porcelain --line-porcelain --incremental --date=text
      --show-name --show-number --show-email --abbrev=number --since=text --color-lines --color-by-age
      --ignore-rev=text --first-parent --reverse`,
    judge: gitOperands,
  },
  shortlog: {
    flags: "nsce",
    options: `-w[=text] --numbered --summary --email --committer --group=text --format=text --all --no-merges --since=text
      --after=text --until=text --before=text --author=text --max-count=number -#`,
    judge: gitOperands,
  },
  describe: {
    options: `--all --tags --contains --abbrev=number --candidates=number --exact-match --always --long --match=text
      --exclude=text --first-parent --dirty[=text] --broken[=text]`,
    judge: gitOperands,
  },
  fetch: {
    flags: "pqvatnPk",
    options: `--all --prune --prune-tags --tags --no-tags --quiet --verbose --depth=number --deepen=number --unshallow --dry-run
      --append --atomic --progress --keep --shallow-since=text --jobs=number --no-recurse-submodules`,
    judge: gitTransport,
  },
  pull: {
    flags: "qvpatn",
    options: `-r[=text] --rebase[=text] --no-rebase --ff --no-ff --ff-only --no-edit --quiet --verbose --autostash --no-autostash
      --all --tags --no-tags --prune --depth=number --unshallow --squash --no-commit --commit --stat --no-stat
      --allow-unrelated-histories --progress --dry-run --no-verify --no-recurse-submodules`,
    judge: gitTransport,
  },
  push: {
    flags: "uqvn",
    options: `--set-upstream --quiet --verbose --dry-run --tags --follow-tags --no-follow-tags --all --branches --porcelain
      --progress --atomic --no-verify --verify --no-progress`,
    judge: gitPush,
  },
  "cherry-pick": {
    flags: "n",
    options: `-m=number -X=text --continue --abort --skip --quit --no-commit --no-edit --mainline=number --ff --allow-empty
      --keep-redundant-commits --strategy-option=text --signoff`,
    judge: gitOperands,
  },
  revert: {
    flags: "n",
    options:
      "-m=number -X=text --continue --abort --skip --quit --no-commit --no-edit --mainline=number --signoff --strategy-option=text",
    judge: gitOperands,
  },
  clean: { flags: "fdnq", options: "-e=text --force --dry-run --quiet --exclude=text", judge: gitTreePaths },
  remote: { flags: "v", options: "--verbose -n --all --push", judge: gitRemote },
  config: {
    flags: "lz",
    options: `--get --get-all --get-regexp --list --local --name-only --show-origin --show-scope --bool --int --type=text
      --default=text --null --includes --no-includes`,
    judge: gitConfig,
  },
  apply: {
    flags: "3RvNqz",
    options: `-p=number -C=number --check --stat --numstat --summary --3way --reverse --index --cached --reject --verbose
      --whitespace=text --ignore-whitespace --ignore-space-change --recount --intent-to-add --allow-empty
      --include=text --exclude=text --apply --inaccurate-eof --unidiff-zero --quiet`,
    operands: "read",
    judge: ({ run }) => {
      run.writesFile = "git apply";
    },
  },
  grep: {
    flags: "aiIwvhHEGPFnlLzcoqWpr",
    options: `-# -e=text -f=read -A=number -B=number -C=number -m=number --cached --untracked --text --ignore-case --word-regexp
      --invert-match --full-name --extended-regexp --basic-regexp --perl-regexp --fixed-strings --line-number --column
      --files-with-matches --name-only --files-without-match --null --only-matching --count --color[=text] --no-color
      --break --heading --show-function --context=number --after-context=number --before-context=number
      --function-context --threads=number --and --or --not --all-match --quiet --max-depth=number --recursive
      --no-recursive --exclude-standard --no-exclude-standard --max-count=number`,
    judge: gitOperands,
  },
  worktree: { options: "--porcelain --verbose", flags: "vz", judge: gitWorktree },
};
