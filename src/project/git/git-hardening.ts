/**
 * What keeps git from running, for us, what an agent can name (T1).
 *
 * An agent can write `.git/config`, `.gitattributes` and hooks, and git runs programs named there. Everything
 * that names a program is overridden through the environment, which beats every configuration file and takes
 * any name, also one with a `=` in it.
 *
 * Filters are off too, Git LFS included: a checkpoint holds such files as they lie in the working tree. It is
 * compared with, and goes back to, nothing but other checkpoints, so the difference is disk space.
 */

/** Onward's own name, for checkpoints, and for commits where the person has set none. */
export const onwardIdentity: Readonly<Record<string, string>> = {
  GIT_AUTHOR_NAME: "Onward",
  GIT_AUTHOR_EMAIL: "onward@localhost",
  GIT_COMMITTER_NAME: "Onward",
  GIT_COMMITTER_EMAIL: "onward@localhost",
};

export type Setting = readonly [key: string, value: string];

/** Settings of fixed names that would run a program, ask somebody, fail our plain calls or lose their result. */
export const hardening: readonly Setting[] = [
  ["core.fsmonitor", "false"],
  ["core.hooksPath", "/dev/null"],
  ["core.pager", "cat"],
  ["core.editor", "false"],
  ["core.askPass", "false"],
  ["core.sshCommand", "false"],
  ["core.sparseCheckout", "false"],
  ["core.splitIndex", "false"],
  // A file beside the objects that says which tree a commit has.
  ["core.commitGraph", "false"],
  ["core.safecrlf", "false"],
  // A checkpoint is recorded as done: its objects must be on the disk by then.
  ["core.fsync", "committed"],
  ["core.fsyncMethod", "batch"],
  ["credential.helper", ""],
  ["diff.external", ""],
  ["diff.ignoreSubmodules", "all"],
  ["submodule.recurse", "false"],
  ["log.showSignature", "false"],
  ["commit.gpgSign", "false"],
  ["commit.verbose", "false"],
  ["gpg.program", "false"],
  ["gpg.ssh.program", "false"],
  ["gpg.x509.program", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["advice.addEmbeddedRepo", "false"],
];

/** Filters, and the hooks that newer versions read from the configuration, bear names of their own. */
export function programsOff(settings: readonly Setting[]): readonly Setting[] {
  const off = new Map<string, string>();
  for (const [key] of settings) {
    const name = key.slice(0, key.lastIndexOf("."));
    if (key.startsWith("hook.")) off.set(`${name}.enabled`, "false");
    if (!key.startsWith("filter.")) continue;
    for (const field of ["clean", "smudge", "process"]) off.set(`${name}.${field}`, "");
    off.set(`${name}.required`, "false");
  }
  return [...off];
}

/** Who commits on the user's branch: the person where they said who they are, else Onward. */
export function missingIdentity(settings: readonly Setting[]): Readonly<Record<string, string>> {
  const known = new Set(settings.map(([key]) => key));
  return Object.fromEntries(
    Object.entries(onwardIdentity)
      .filter(([variable]) => {
        const [, role = "", field = ""] = variable.toLowerCase().split("_");
        return !known.has(`user.${field}`) && !known.has(`${role}.${field}`);
      })
      .map(([variable, value]) => [variable, process.env[variable] ?? value]),
  );
}

export function parseSettings(output: string): readonly Setting[] {
  return output.split("\0").flatMap((entry): readonly Setting[] => {
    const [key, ...value] = entry.split("\n");
    return key ? [[key, value.join("\n")]] : [];
  });
}

export function asEnvironment(settings: readonly Setting[]): Readonly<Record<string, string>> {
  const entries = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return Object.fromEntries([["GIT_CONFIG_COUNT", String(settings.length)], ...entries]);
}

/** Ours without what steers git, but for who the person is and where their own configuration lies. */
export function baseEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_") || person.test(name));
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_EDITOR: "false",
    GIT_PAGER: "cat",
    // No transport at all: a partial clone would fetch missing objects with a command of the configuration.
    GIT_ALLOW_PROTOCOL: "none",
    GIT_NO_LAZY_FETCH: "1",
    // What a checkpoint holds is what its id says, whatever `refs/replace/` puts in its place.
    GIT_NO_REPLACE_OBJECTS: "1",
  };
}

const person = /^GIT_((AUTHOR|COMMITTER)_(NAME|EMAIL)|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM))$/;
