/**
 * Which files the agent's file tools may read and write (policy P3), by where their paths really lead. The
 * roots are resolved once, when the guard is made: a directory that is replaced by a link later moves nothing.
 */
import { realpathSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { type Denial, deny } from "./denial.ts";
import { isWithin, type Place, placesOf } from "./real-paths.ts";

export interface FileScope {
  readonly project: string;
  readonly home: string;
  /** The agent's scratch directory. */
  readonly tmpdir: string;
  /** More directories to read, such as where the agent itself keeps large tool results. */
  readonly readable?: readonly string[];
}

export interface Granted {
  readonly allow: true;
  readonly rule: string;
  readonly place: Place;
  /** Whether it is the project's feature list, which has rules of its own (F1). */
  readonly featureList: boolean;
}

export interface FileAccess {
  read(path: string, cwd: string): Promise<Granted | Denial>;
  write(path: string, cwd: string): Promise<Granted | Denial>;
  /** Reading everything below a directory. */
  search(path: string, cwd: string): Promise<Granted | Denial>;
}

export function createFileAccess(scope: FileScope): FileAccess {
  const project = roots(scope.project);
  const scratch = roots(scope.tmpdir);
  const homes = roots(scope.home);
  const own = [...project, ...scratch];
  const extra = (scope.readable ?? []).flatMap(roots);
  const secrets = homes
    .flatMap((home) => secretPlaces.map((name) => join(home, name)))
    .filter((secret) => !own.some((root) => isWithin(root, secret)));

  async function read(path: string, cwd: string): Promise<Granted | Denial> {
    return await judge(path, cwd, (place) => {
      if (extra.some((root) => isWithin(place.real, root))) return null;
      const state = place.trail.find((step) => projectNames(step)[0] === ".onward");
      if (state !== undefined) return deny("P3.4", path, ownState);
      if (place.trail.some(isSecret)) return deny("P3.3", path, secretPlace);
      if (
        ![...own, ...systemRoots].some((root) => isWithin(place.real, root)) &&
        !systemFiles.has(place.real)
      ) {
        return deny("P3.2", path, outsideForReading(place, path));
      }
      return null;
    });
  }

  async function write(path: string, cwd: string): Promise<Granted | Denial> {
    return await judge(path, cwd, (place) => {
      const listNamed = place.trail.some(isListName);
      if (listNamed && place.real !== join(project[0] ?? "", listName)) return deny("P3.4", path, oddList);
      for (const step of place.trail) {
        const name = harnessName(step);
        if (name !== null) return deny("P3.4", path, harnessState(name));
      }
      if (place.trail.some(isSecret)) return deny("P3.3", path, secretPlace);
      if (!own.some((root) => isWithin(place.real, root))) {
        return deny("P3.1", path, outsideForWriting(place, path));
      }
      if (place.stats?.isDirectory()) return deny("P13.5", path, "This is a directory. Name a file in it.");
      // The other name of a hard link may be anywhere: in a package store, or one of the places above.
      if ((place.stats?.nlink ?? 1) > 1) return deny("P13.5", path, hardLink);
      return null;
    });
  }

  async function search(path: string, cwd: string): Promise<Granted | Denial> {
    const granted = await read(path, cwd);
    if (!granted.allow || !secrets.some((secret) => isWithin(secret, granted.place.real))) return granted;
    return deny("P3.3", path, "Credentials lie below this directory. Search a directory further down.");
  }

  async function judge(
    path: string,
    cwd: string,
    rule: (place: Place) => Denial | null,
  ): Promise<Granted | Denial> {
    const absolute = absolutePath(path, cwd, scope.home);
    if (typeof absolute !== "string") return absolute;
    const places = await placesOf(absolute);
    if ("problem" in places) {
      return deny("P3.2", path, `This path cannot be followed: ${places.problem}. Name the file itself.`);
    }
    for (const place of places) {
      const denial = rule(place) ?? oddKind(place, path);
      if (denial !== null) return denial;
    }
    const place = places.at(-1);
    if (place === undefined) throw new Error(`no place for ${path}`);
    return { allow: true, rule: "P3", place, featureList: places.some(({ real }) => isListName(real)) };
  }

  /** The names below the project, folded; none when the path lies elsewhere. */
  function projectNames(path: string): readonly string[] {
    const root = project.find((candidate) => isWithin(path, candidate));
    return root === undefined ? [] : relative(root, path).split(sep).map(folded);
  }

  function isListName(path: string): boolean {
    return projectNames(path)[0] === listName;
  }

  /** The name by which a path belongs to the harness; null when it does not. */
  function harnessName(path: string): string | null {
    const first = projectNames(path)[0] ?? "";
    if (harnessNames.has(first) || first.startsWith("onward.config.")) return first;
    // Git believes every repository that it meets on its way, also those further down.
    return own.some((root) => isWithin(path, root)) && path.split(sep).map(folded).some(isGit)
      ? ".git"
      : null;
  }

  function isSecret(path: string): boolean {
    const name = foldedPath(path);
    return secrets.some((secret) => name === foldedPath(secret) || name.startsWith(foldedPath(secret) + sep));
  }

  return { read, write, search };
}

const listName = "feature_list.json";
const harnessNames: ReadonlySet<string> = new Set([
  ".git",
  ".claude",
  ".onward",
  ".husky",
  ".mcp.json",
  ".envrc",
]);
const systemRoots = ["/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/opt"];
/** The devices that P3.2 grants to commands are missing: to read one as a file never ends. */
const systemFiles: ReadonlySet<string> = new Set([
  "/etc/os-release",
  "/proc/cpuinfo",
  "/proc/meminfo",
  "/proc/loadavg",
  "/proc/version",
  "/proc/uptime",
]);
/** Below the home directory; they matter where the project or the scratch directory contains it. */
const secretPlaces = [
  ".ssh",
  ".aws",
  ".azure",
  ".gnupg",
  ".kube",
  ".docker",
  ".netrc",
  ".npmrc",
  ".pypirc",
  ".pgpass",
  ".git-credentials",
  ".cargo/credentials.toml",
  ".config/gh",
  ".config/gcloud",
  ".config/git/credentials",
  ".claude",
  ".claude.json",
  ".codex",
  ".gemini",
  ".bash_history",
  ".password-store",
  ".local/share/keyrings",
  "Library/Keychains",
];

/** As written and as resolved, for a name may be asked about before its links are followed. The real one first. */
function roots(directory: string): readonly string[] {
  const written = resolve(directory);
  try {
    return [...new Set([realpathSync(written), written])];
  } catch {
    return [written]; // not there yet
  }
}

function absolutePath(path: string, cwd: string, home: string): string | Denial {
  if (path === "") return deny("P13.2", path, "The path is empty. Give the absolute path of the file.");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not occur
  if (/[\u0000-\u001f\u007f]|^\s|\s$/.test(path)) {
    return deny("P13.2", path, "The path has a control character, or white space at an end. Leave it out.");
  }
  if (path === "~" || path.startsWith("~/")) return join(home, path.slice(1));
  if (path.startsWith("~"))
    return deny("P4.6", path, "Paths of other users are refused. Write the path out.");
  if (isAbsolute(path)) return path;
  if (!isAbsolute(cwd)) return deny("P13.2", cwd, "The working directory is unknown. Give an absolute path.");
  return `${cwd}${sep}${path}`;
}

function oddKind({ stats }: Place, path: string): Denial | null {
  if (stats === null || stats.isFile() || stats.isDirectory()) return null;
  return deny("P13.5", path, "This is a pipe, a socket or a device. Only files and directories are served.");
}

/**
 * The name under which a case-insensitive file system might know it: macOS also ignores characters without a
 * width, Windows dots and spaces at the end.
 */
function folded(name: string): string {
  return name
    .normalize("NFKC")
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "")
    .toLowerCase()
    .replace(/(?<=[^.\s])[.\s]+$/, "");
}

function foldedPath(path: string): string {
  return path.split(sep).map(folded).join(sep);
}

/** `git~1` is its short name on Windows' file systems. */
function isGit(name: string): boolean {
  return name === ".git" || name === "git~1";
}

const ownState =
  "Onward's own records are closed: they hold past transcripts, and what they say that matters is in the " +
  "briefing. Read claude-progress.txt, feature_list.json and git log instead.";
const secretPlace = "Credentials and private settings are closed. Go on without them.";
const oddList =
  "The feature list is the plain file feature_list.json at the top of the project, under exactly this name and " +
  "not through a link. Choose another name, or edit that file.";
const hardLink =
  "This file has a second name (a hard link), perhaps outside the project. If it belongs to an installed " +
  "package, leave it; otherwise write a new file and move it over this one.";

function harnessState(name: string): string {
  const advice =
    name === ".git"
      ? "Use git commands; ignore files in .gitignore."
      : "Put what the project needs elsewhere, and note in claude-progress.txt what a person should change here.";
  return `${name} steers git, the agent or Onward and may not be written. ${advice}`;
}

function outsideForReading(place: Place, path: string): string {
  return `${leadsTo(place, path)} Only the project, $TMPDIR, /usr, /lib and /opt may be read.`;
}

function outsideForWriting(place: Place, path: string): string {
  return `${leadsTo(place, path)} Write inside the project, or to $TMPDIR what need not stay.`;
}

function leadsTo({ real }: Place, path: string): string {
  return real === path ? "This lies outside the project." : `This leads to ${real}, outside the project.`;
}
