/** Programs that look at files: everything they take is a path to read, or text. */
import { refuse } from "../shell/refusal.ts";
import type { Programs } from "./program.ts";

export const files = {
  ls: {
    flags: "1AaBbCcdFfGgHhiklLmNnopqQrRsStuUvxXZ",
    options: `-I=text -w=number -T=number --all --almost-all --author --block-size=text --classify[=text] --color[=text]
      --context --directory --dereference --escape --file-type --format=text --full-time --group-directories-first
      --help --hide=text --human-readable --hyperlink[=text] --ignore=text --ignore-backups --indicator-style=text
      --inode --kibibytes --literal --no-group --numeric-uid-gid --quote-name --quoting-style=text --recursive
      --reverse --show-control-chars --si --size --sort=text --tabsize=number --time=text --time-style=text
      --version --width=number --zero`,
    operands: "read",
  },
  cat: {
    flags: "AbeEnstTuv",
    options: `--show-all --number-nonblank --show-ends --number --squeeze-blank --show-tabs --show-nonprinting --help
      --version`,
    operands: "read",
  },
  head: {
    flags: "qvz",
    options:
      "-# -n=number -c=number --lines=number --bytes=number --quiet --silent --verbose --zero-terminated",
    operands: "read",
  },
  tail: {
    flags: "fFqvz",
    options: `-# -n=number -c=number -s=number --lines=number --bytes=number --follow[=text] --retry --pid=number
      --sleep-interval=number --quiet --silent --verbose --zero-terminated`,
    operands: "read",
  },
  wc: {
    flags: "clLmw",
    options: "--bytes --chars --lines --max-line-length --words --total=text --files0-from=read",
    operands: "read",
    judge: (_call, parsed) => {
      const list = parsed.options.find(({ name }) => name === "--files0-from");
      if (list !== undefined) refuse("P12", list.name, "A list of files cannot be followed. Name the files.");
    },
  },
  stat: {
    flags: "Lft",
    options: "-c=text --format=text --printf=text --dereference --file-system --terse",
    operands: "read",
  },
  /** `-C` writes a compiled magic file, `-m` and `-f` read what others name. */
  file: {
    flags: "bdEhiIkLlNnprsSvz0",
    options:
      "-F=text --brief --mime --mime-type --mime-encoding --dereference --no-dereference --keep-going --raw",
    operands: "read",
  },
  du: {
    flags: "abcDHhklLmPsSx0",
    options: `-d=number -t=text -B=text --all --apparent-size --block-size=text --bytes --total --max-depth=number
      --human-readable --si --summarize --separate-dirs --exclude=text --one-file-system --threshold=text --time[=text]
      --inodes --null --dereference --no-dereference`,
    operands: "read",
  },
  df: {
    flags: "aHhiklPT",
    options: `-B=text -t=text -x=text --all --block-size=text --human-readable --inodes --local --output[=text]
      --portability --print-type --si --total --type=text --exclude-type=text`,
    operands: "read",
  },
  /** `-o` writes, `-R` into every directory; `--fromfile`, `--info` and `--gitfile` read what others name. */
  tree: {
    flags: "adfilxNqQpugshDFvtcUrSACXJn",
    options: `-L=number -P=text -I=text -H=text -T=text -o=write --gitignore --ignore-case --matchdirs --metafirst --prune
      --filelimit=number --charset=text --noreport --si --du --timefmt=text --sort[=text] --dirsfirst --filesfirst
      --inodes --device --nolinks`,
    operands: "read",
  },
  md5sum: {
    flags: "bctwz",
    options: "--binary --check --tag --text --zero --ignore-missing --quiet --status --strict --warn",
    operands: "read",
  },
  sha256sum: {
    flags: "bctwz",
    options: "--binary --check --tag --text --zero --ignore-missing --quiet --status --strict --warn",
    operands: "read",
  },
  base64: { flags: "di", options: "-w=number --decode --ignore-garbage --wrap=number", operands: "read" },
  realpath: {
    flags: "eLmPqsz",
    options: `--canonicalize-existing --canonicalize-missing --logical --physical --quiet --strip --no-symlinks --zero
      --relative-to=read --relative-base=read`,
    operands: "read",
  },
  readlink: {
    flags: "efmnqsvz",
    options:
      "--canonicalize --canonicalize-existing --canonicalize-missing --no-newline --quiet --silent --verbose --zero",
    operands: "read",
  },
  basename: { flags: "az", options: "-s=any --multiple --suffix=any --zero", operands: "text" },
  dirname: { flags: "z", options: "--zero", operands: "text" },
} as const satisfies Programs;
