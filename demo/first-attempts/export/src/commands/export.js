import { load } from "../store.js";

export const exportCsv = {
  usage: "export",
  summary: "every mark as CSV",
  run({ options, print }) {
    const marks = load(options.file).flatMap(({ name, done }) => done.map((day) => `${day},${name}`));
    print(["date,habit", ...marks.sort()].join("\n"));
  },
};
