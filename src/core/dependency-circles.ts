import type { Feature } from "./features.ts";

/**
 * Features that wait for each other, so that none of them can be the first: each group once, in the list's
 * order. Unknown dependencies count for nothing. Tarjan's strongly connected components, with a stack of its
 * own: a chain of ten thousand dependencies is deeper than the one of the language.
 */
export function circlesOf(features: readonly Feature[]): readonly (readonly string[])[] {
  const byId = new Map(features.map((feature) => [feature.id, feature]));
  const place = new Map(features.map(({ id }, index) => [id, index]));
  const found = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const circles: string[][] = [];

  for (const { id } of features) if (!found.has(id)) walkFrom(id);
  return circles.sort((a, b) => placeOf(a[0]) - placeOf(b[0]));

  function walkFrom(start: string): void {
    const path = [enter(start)];
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const { id, rest } = step;
      const next = rest.pop();
      if (next === undefined) {
        path.pop();
        const above = path.at(-1);
        if (above !== undefined) lower(above.id, lowest.get(id));
        if (lowest.get(id) === found.get(id)) close(id);
      } else if (!found.has(next)) path.push(enter(next));
      else if (isOpen.has(next)) lower(id, found.get(next));
    }
  }

  function enter(id: string): { readonly id: string; readonly rest: string[] } {
    found.set(id, found.size);
    lowest.set(id, found.size - 1);
    open.push(id);
    isOpen.add(id);
    return { id, rest: dependenciesOf(id).filter((other) => byId.has(other)) };
  }

  function close(id: string): void {
    const members = open.splice(open.lastIndexOf(id));
    for (const member of members) isOpen.delete(member);
    if (members.length > 1 || dependenciesOf(id).includes(id)) {
      circles.push(members.sort((a, b) => placeOf(a) - placeOf(b)));
    }
  }

  function lower(id: string, to: number | undefined): void {
    lowest.set(id, Math.min(lowest.get(id) ?? Infinity, to ?? Infinity));
  }

  function dependenciesOf(id: string): readonly string[] {
    return byId.get(id)?.dependsOn ?? [];
  }

  function placeOf(id: string | undefined): number {
    return place.get(id ?? "") ?? -1;
  }
}
