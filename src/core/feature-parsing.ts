import type { Feature } from "./features.ts";

export type ParsedFeatures =
  | { readonly ok: true; readonly features: readonly Feature[] }
  /**
   * `problem`: one sentence for a person: which element, which field, what is expected. `index`: of the element that
   * is wrong, from 0; null where it is the whole.
   */
  | { readonly ok: false; readonly problem: string; readonly index: number | null };

/**
 * Accepts an array of features or `{"features": [...]}`; unknown fields are ignored, null counts as absent.
 * Takes what agents write, and rejects only what cannot be understood.
 */
export function parseFeatures(json: unknown): ParsedFeatures {
  const list = isObject(json) ? json.features : json;
  if (!Array.isArray(list)) {
    return problem(`it must hold an array of features, or {"features": [...]}, but holds ${kind(json)}`);
  }
  if (list.length === 0) return problem("it holds no features");

  const features: Feature[] = [];
  const positions = new Map<string, number>();
  const occurrences = new Map<string, number>();
  for (const [index, element] of list.entries()) {
    const position = index + 1;
    const wrong = (text: string) => problem(text, index);
    if (!isObject(element)) return wrong(`feature ${position} must be an object, but is ${kind(element)}`);
    const fields = readFields(element);
    if (typeof fields === "string") return wrong(`feature ${position}${named(element)}: ${fields}`);

    const hash = hashOf(fields.description);
    const ordinal = (occurrences.get(hash) ?? 0) + 1;
    occurrences.set(hash, ordinal);
    const id = fields.id ?? derivedId(hash, ordinal);
    const earlier = positions.get(id);
    if (earlier !== undefined) {
      return wrong(`features ${earlier} and ${position} have the same id "${excerpt(id)}"`);
    }
    positions.set(id, position);
    features.push({ ...fields, id });
  }
  return { ok: true, features };
}

/** At most one line of a text that an agent wrote, for use inside a sentence. */
export function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}

type Fields = Omit<Feature, "id"> & { readonly id: string | null };

/** The fields of one element, or what is wrong with them. */
function readFields(element: Readonly<Record<string, unknown>>): Fields | string {
  const { description } = element;
  if (typeof description !== "string" || description.trim() === "") {
    return `"description" must be a text, but is ${kind(description)}`;
  }
  const id = element.id ?? null;
  if (id !== null && (!isName(id) || id === "")) return `"id" must be a text, but is ${kind(id)}`;
  const passes = element.passes ?? false;
  if (typeof passes !== "boolean") return `"passes" must be true or false, but is ${kind(passes)}`;
  const category = element.category ?? null;
  if (category !== null && typeof category !== "string") {
    return `"category" must be a text, but is ${kind(category)}`;
  }
  const priority = element.priority ?? null;
  if (priority !== null && typeof priority !== "number") {
    return `"priority" must be a number (1 comes first), but is ${kind(priority)}`;
  }
  const steps = asList(element.steps);
  if (!steps.every((step) => typeof step === "string")) return `"steps" must be an array of texts`;
  const dependsOn = asList(element.dependsOn);
  if (!dependsOn.every(isName)) return `"dependsOn" must be an array of feature ids`;
  const verify = asList(element.verify);
  if (!verify.every((word) => typeof word === "string")) {
    return `"verify" must be a command: a text, or an array of texts`;
  }
  return {
    id: id === null ? null : String(id),
    description,
    steps,
    passes,
    category,
    priority,
    dependsOn: dependsOn.map(String),
    verify: readVerify(element.verify, verify),
  };
}

function readVerify(raw: unknown, words: readonly string[]): Feature["verify"] {
  if (words.length === 0 || words[0]?.trim() === "") return null;
  return typeof raw === "string" ? raw : words;
}

/** A lone value stands for a list of one; agents write both. */
function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** Agents number their features too. */
function isName(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

/**
 * The id of a feature that has none in the list: `f-` and twelve hexadecimal digits of the description's
 * hash, and from the second feature with the same hash on its ordinal, `f-0123456789ab-2`. Journals and
 * checkpoints refer to it, so it must never change.
 */
function derivedId(hash: string, ordinal: number): string {
  return ordinal === 1 ? `f-${hash}` : `f-${hash}-${ordinal}`;
}

/** The cyrb53 hash (public domain, bryc) over UTF-16 code units: two mixed 32-bit lanes, 48 bits of them. */
function hashOf(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return hex(b).slice(4) + hex(a);
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, "0");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function problem(text: string, index: number | null = null): ParsedFeatures {
  return { ok: false, problem: text, index };
}

/** ` ("User can log in")`, where an element says what it is. */
function named(element: Readonly<Record<string, unknown>>): string {
  return typeof element.description === "string" && element.description.trim() !== ""
    ? ` ("${excerpt(element.description)}")`
    : "";
}

function kind(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "string") return value.trim() === "" ? "empty" : `the text "${excerpt(value)}"`;
  return typeof value === "object" ? "an object" : String(value);
}
