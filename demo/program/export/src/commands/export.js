import { load } from "../store.js";

export const exportCsv = {
  usage: "export",
  summary: "every mark as CSV",
  run({ options, print }) {
    const marks = load(options.file).flatMap(({ name, done }) => done.map((day) => `${day},${field(name)}`));
    print(["date,habit", ...marks.sort()].join("\n"));
  },
};

/** One field of CSV (RFC 4180): quoted where it holds a comma, a quote or a line break. */
function field(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
