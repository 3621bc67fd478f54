/** Something that the person can put right; its message says how. Everything else is a bug and may crash. */
export class Problem extends Error {}
