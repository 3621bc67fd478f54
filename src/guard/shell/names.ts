/** P5.1 and P4.7: names of variables that decide what other programs load, run or send; and names of secrets. */
import { refuse } from "./refusal.ts";

const exact = new Set(
  `PATH IFS ENV SHELLOPTS BASHOPTS PS1 PS2 PS3 PS4 PROMPT_COMMAND PROMPT_DIRTRIM CDPATH GLOBIGNORE HOME SHELL TMPDIR
   NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED PYTHONSTARTUP PYTHONHOME PYTHONINSPECT
   PYTHONBREAKPOINT PYTHONWARNINGS PYTHONUSERBASE PYTHONPLATLIBDIR PYTHONEXECUTABLE PYTHONCASEOK
   JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS EDITOR VISUAL PAGER MANPAGER BROWSER FCEDIT SUDO_ASKPASS
   GOFLAGS GOPROXY GOENV GOROOT GOTOOLCHAIN GOPRIVATE GONOSUMDB GONOSUMCHECK GOSUMDB GOINSECURE
   MAKEFLAGS MFLAGS GNUMAKEFLAGS MAKEFILES CC CXX CPP LD AR CFLAGS CXXFLAGS LDFLAGS WGETRC RIPGREP_CONFIG_PATH
   GREP_OPTIONS TAR_OPTIONS GCONV_PATH LOCPATH NLSPATH OPENSSL_CONF OPENSSL_MODULES SSL_CERT_FILE SSL_CERT_DIR
   REQUESTS_CA_BUNDLE HOSTALIASES RES_OPTIONS INPUTRC TERMINFO TERMCAP
   POSIXLY_CORRECT POSIX_ME_HARDER EXECIGNORE FIGNORE FUNCNEST SIMPLE_BACKUP_SUFFIX VERSION_CONTROL TMOUT HISTFILE MAILPATH
   PWD OLDPWD UID EUID PPID RANDOM SRANDOM SECONDS LINENO EPOCHSECONDS EPOCHREALTIME DIRSTACK FUNCNAME GROUPS
   HISTCMD OPTIND OPTERR OPTARG PIPESTATUS _`.split(/\s+/),
);
const families =
  /^(?:BASH_|COMP_|COPROC|LD_|DYLD_|NODE_REPL_|PERL|RUBY|GIT_|SSH_|LESS|npm_|NPM_|YARN_|PNPM_|COREPACK_|PIP_|PIPENV_|POETRY_|PYTEST_|UV_|CARGO_|RUSTC|RUSTFLAGS|RUSTUP_|CURL_|AWK|ANTHROPIC_|CLAUDE_|ONWARD_|AWS_|DOCKER_|XDG_|MALLOC_|GLIBC_|TS_NODE_)|_proxy$|_PROXY$/;
const gitIdentity = /^GIT_(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL|DATE)$/;
const secretName = /KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|^ANTHROPIC_|^CLAUDE_/i;

/** P5.1: `value` is null where it is not known. */
export function checkAssignable(name: string, value: string | null): void {
  if (!/^[A-Za-z_]\w*$/.test(name))
    refuse("P5.2", name, "This is not a plain variable name. Use one without a subscript.");
  if (name === "PYTHONPATH") {
    if (value?.split(":").every(isRelativeInside)) return;
    refuse(
      "P5.1",
      name,
      "PYTHONPATH may only name directories of the project, relative, such as `PYTHONPATH=src`.",
    );
  }
  if (gitIdentity.test(name)) return;
  if (exact.has(name) || families.test(name)) {
    refuse(
      "P5.1",
      name,
      `Setting \`${name}\` can change what other programs run or load. Use the program's own options, or leave it as it is.`,
    );
  }
}

/** P4.7 */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

function isRelativeInside(entry: string): boolean {
  return /^[\w.-]+(?:\/[\w.-]+)*$|^\.$/.test(entry) && !entry.split("/").includes("..");
}
