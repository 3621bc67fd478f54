import { isAbsolute, relative, sep } from "node:path";

/** Whether a path is a directory or lies in it; both absolute. */
export function isWithin(directory: string, path: string): boolean {
  const steps = relative(directory, path);
  return steps !== ".." && !steps.startsWith(`..${sep}`) && !isAbsolute(steps);
}
