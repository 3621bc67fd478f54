/** A name for a new feature, made of its description: `finished-tasks-can-be-hidden`. Not one that is taken. */
export function freeId(description: string, taken: ReadonlySet<string>): string {
  const words = description
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  let name = "";
  for (const word of words) {
    if (name.length + word.length > 40) break;
    name = name === "" ? word : `${name}-${word}`;
  }
  const stem = name === "" ? "feature" : name;
  for (let number = 2, id = stem; ; number += 1) {
    if (!taken.has(id)) return id;
    id = `${stem}-${number}`;
  }
}
