/**
 * Repositories inside the project: submodules, clones, linked worktrees, however deep. git passes over the files in
 * them, unless its index knows one of them already: then it takes the directory for any other, and never looks
 * into its `.git`. So the private index is made to know one (docs/decisions/014-repositories-inside.md).
 */
import { OnwardError } from "../../core/errors.ts";
import { type Git, openGitToRead } from "./git.ts";
import { headOf } from "./history.ts";
import {
  fromTop,
  isFileIn,
  listed,
  lookAt,
  obstacle,
  type PathBytes,
  toPath,
  zeroEnded,
} from "./path-bytes.ts";

type Environment = Readonly<Record<string, string>>;

/** Those in whose directories these files lie; the project itself is none of them. */
export function repositoriesAbove(dir: string, files: readonly PathBytes[]): readonly PathBytes[] {
  const directories = new Set<PathBytes>();
  for (const file of files) {
    let above = file.lastIndexOf("/");
    while (above > 0 && !directories.has(file.slice(0, above))) {
      directories.add(file.slice(0, above));
      above = file.lastIndexOf("/", above - 1);
    }
  }
  return [...directories].filter((path) => isRepository(dir, path));
}

export function isRepository(dir: string, path: PathBytes): boolean {
  const inside = `${path}/.git`;
  return lookAt(dir, inside) !== null && obstacle(dir, inside) === null;
}

/** In the private index, where git is to look at the files of these; what it answers is to be forgotten again. */
export async function putMarkers(
  git: Git,
  env: Environment,
  repositories: readonly PathBytes[],
): Promise<readonly PathBytes[]> {
  const markers = repositories.map((path) => `${path}/.onward-looks-here`);
  const nothing = (await git.run(["hash-object", "--stdin"])).trim();
  const input = zeroEnded(markers.map((path) => `100644 ${nothing}\t${fromTop(git, path)}`));
  await git.run(["update-index", "--add", "-z", "--index-info"], { env, input, writes: true });
  return markers;
}

/** Files that belong to one of these repositories, and that the project around it ignores. */
export async function hiddenInside(
  git: Git,
  dir: string,
  env: Environment,
  repositories: readonly PathBytes[],
): Promise<readonly PathBytes[]> {
  const theirs = (await Promise.all(repositories.map((path) => filesOf(dir, path)))).flat();
  const input = zeroEnded(theirs.filter((path) => isFileIn(dir, path)));
  if (input.length === 0) return [];
  return listed(git, ["check-ignore", "-z", "--stdin", "--no-index"], { env, input, accept: [0, 1] });
}

/** The commit that each is at, by its path; null for one without a commit, or that git cannot read. */
export async function headsInside(
  dir: string,
  repositories: readonly string[],
): Promise<Readonly<Record<string, string | null>>> {
  const heads = await Promise.all(
    repositories.map(
      async (path) => [path, await askInside(`${dir}/${path}`, openGitToRead, headOf, null)] as const,
    ),
  );
  return Object.fromEntries(heads);
}

/** Tracked and untracked ones, as it sees them itself. */
async function filesOf(dir: string, repository: PathBytes): Promise<readonly PathBytes[]> {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const inner = toPath(dir, repository).toString();
  const files = await askInside(inner, openGitToRead, (git) => listed(git, args), []);
  return files.map((path) => `${repository}/${path}`);
}

/** `open`: with `openGitToRead`, or hardened where git looks at files as well. */
export async function askInside<Answer>(
  inner: string,
  open: (dir: string) => Promise<Git>,
  ask: (git: Git) => Promise<Answer>,
  otherwise: Answer,
): Promise<Answer> {
  try {
    const git = await open(inner);
    return git.repository.prefix === "" ? await ask(git) : otherwise;
  } catch (error) {
    // Somebody has tampered with it, or it is none after all: its files are held as the project's.
    if (error instanceof OnwardError) return otherwise;
    throw error;
  }
}
