/**
 * What is known about a piece of text before it runs. A value is the set of its possible alternatives; each is
 * a sequence of atoms: text that is known, a wildcard that will be some file name, or a hole.
 */
export type Atom =
  | { readonly type: "text"; readonly text: string }
  /** `spreads` when bash expands it here, into any number of words; a loop variable holds one name. */
  | { readonly type: "wild"; readonly spreads: boolean }
  | { readonly type: "hole"; readonly holds: Holds; readonly splits: boolean };

/** `number`: only digits and a sign. `word`: one word that is no option. `anything`: nothing is known. */
export type Holds = "number" | "word" | "anything";
export type Alternative = readonly Atom[];
export type Value = readonly Alternative[];

/** One argument of one possible run of a simple command. */
export type Arg =
  | {
      readonly type: "literal";
      readonly text: string;
      readonly raw: string;
      /** Some digits of it are not known; `text` has a zero there. */
      readonly approximate: boolean;
    }
  /** `text` holds `wildcard` in place of what will match. */
  | { readonly type: "glob"; readonly text: string; readonly raw: string; readonly spreads: boolean }
  /** P4.2: `prefix` is the known beginning; `splits` when it may become several arguments, or none. */
  | {
      readonly type: "dynamic";
      readonly prefix: string;
      readonly raw: string;
      readonly splits: boolean;
      readonly holds: "word" | "anything";
    };

export const wildcard = "\ue000";
/** More possible values than this and only their kind is kept. */
const maxAlternatives = 64;

export function text(value: string): Atom {
  return { type: "text", text: value };
}

export function hole(holds: Holds, splits = false): Atom {
  return { type: "hole", holds, splits };
}

export const anything: Value = [[hole("anything")]];
const number: Value = [[hole("number")]];

export function literal(value: string): Arg {
  return { type: "literal", text: value, raw: value, approximate: false };
}

/** The text, when nothing about it is unknown. */
export function knownText(alternative: Alternative): string | null {
  let known = "";
  for (const atom of alternative) {
    if (atom.type !== "text") return null;
    known += atom.text;
  }
  return known;
}

export function isNumeric(value: Value): boolean {
  return value.every((alternative) => {
    if (alternative.length === 1 && alternative[0]?.type === "hole") return alternative[0].holds === "number";
    const known = knownText(alternative);
    return known !== null && /^-?\d{1,15}$/.test(known);
  });
}

/** The union of two sets, as long as it stays small. */
export function joinValues(one: Value, other: Value): Value {
  const union = new Map(one.map((alternative) => [JSON.stringify(alternative), alternative]));
  for (const alternative of other) union.set(JSON.stringify(alternative), alternative);
  return union.size > maxAlternatives ? widen([...union.values()]) : [...union.values()];
}

export function widen(value: Value): Value {
  return isNumeric(value) ? number : anything;
}

export function toArg(atoms: Alternative, raw: string): Arg {
  let known = "";
  const wild = atoms.filter((atom) => atom.type === "wild");
  const spreads = wild.some((atom) => atom.spreads);
  let approximate = false;
  for (const [index, atom] of atoms.entries()) {
    switch (atom.type) {
      case "text":
        known += atom.text;
        break;
      case "wild":
        known += wildcard;
        break;
      case "hole": {
        if (atom.holds === "number") {
          known += wild.length > 0 ? wildcard : "0";
          approximate = true;
          break;
        }
        const rest = atoms.slice(index).filter((later) => later.type === "hole");
        const splits = spreads || rest.some((later) => later.splits);
        const holds = index === 0 && atoms.length === 1 ? atom.holds : "anything";
        return { type: "dynamic", prefix: known, raw, splits, holds };
      }
      default:
        atom satisfies never;
    }
  }
  return wild.length > 0
    ? { type: "glob", text: known, raw, spreads }
    : { type: "literal", text: known, raw, approximate };
}
