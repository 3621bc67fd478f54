/** What a claim leaves behind. Both stand inside double quotes of a shell command. */
export interface Words {
  readonly commit: string;
  /** For claude-progress.txt. */
  readonly note: string;
}

/** What the scripted agent thinks and does around one feature; the files are in `demo/program/<id>`. */
export interface Story extends Words {
  /** Said before the first line of code. */
  readonly plan: string;
  /** Said when the feature's test fails. */
  readonly mistake: string;
  /** `by-eye` is the premature claim: the tries below stand in for the test. */
  readonly proof: "by-test" | "by-eye";
  /** Tried by hand before the claim. */
  readonly tries: readonly Try[];
  /** Instead, when an earlier session had already begun. */
  readonly amends?: Words;
}

export interface Try {
  readonly text: string;
  /** Said instead when the command before this one was denied. */
  readonly afterDenial?: string;
  readonly command: string;
}

const unfinished = "The work on this feature was left unfinished, its test fails. I finish it.";
const example = "--file examples/march.json --today 2026-03-14";

export const stories: Readonly<Record<string, Story>> = {
  store: {
    plan: "The file is precious, so a save writes a draft beside it and renames it in one step.",
    mistake: unfinished,
    proof: "by-test",
    tries: [],
    commit: "Keep habits in a file that a crash cannot halve",
    note: "load refuses a damaged file and leaves it alone; save goes through a draft and a rename.",
  },
  add: {
    plan: "The first command. Days are texts like 2026-03-14: they sort, and have no hours to get wrong.",
    mistake: unfinished,
    proof: "by-test",
    tries: [],
    commit: "Start habits with habit add",
    note: "testing/habit.js gives a test its own empty habit; a day is a text, see src/days.js.",
  },
  done: {
    plan: "Nobody types a whole name twice: the beginning is enough, as long as it fits one habit.",
    mistake: unfinished,
    proof: "by-test",
    tries: [
      {
        text: "The tests pass. Now by hand, as a person would; old data of an earlier try has to go first.",
        command: "rm -rf /tmp/habit-try",
      },
      {
        text: "Now with data of its own.",
        afterDenial:
          "Denied, and rightly: outside the project nothing is mine. The project has a place for it, git ignores tmp/.",
        command:
          "node bin/habit.js add Read a book --file tmp/try.json && node bin/habit.js done rea --file tmp/try.json",
      },
    ],
    commit: "Mark days with habit done, by the first letters of a name",
    note: "try things by hand with --file tmp/try.json; nothing outside the project is ours to delete.",
  },
  week: {
    plan: "One line for each habit under the names of the days. Days before it began are not missed days.",
    mistake: unfinished,
    proof: "by-test",
    tries: [{ text: "And how does it look?", command: `node bin/habit.js week ${example}` }],
    commit: "Show the last seven days at a glance",
    note: "examples/march.json holds data to look at, with --today 2026-03-14.",
  },
  streak: {
    plan: "A streak is the number of days in a row, counted back from today.",
    mistake:
      "The test of the morning fails: I count back from today, and today is still open, so two days in a row show as 0. As long as today is open, the count has to begin yesterday.",
    proof: "by-test",
    tries: [],
    commit: "Show how long each habit has held",
    note: "as long as today is open, the streak up to yesterday stands.",
  },
  export: {
    plan: "A header, then one line for each mark.",
    mistake:
      "The test fails: a name with a comma falls apart into two fields. The output only looked right; a field has to be quoted where it holds a comma or quotes.",
    proof: "by-eye",
    tries: [
      {
        text: "The test is written too. A look at real output:",
        command: "node bin/habit.js export --file examples/march.json",
      },
    ],
    commit: "Export every mark as CSV",
    note: "one line for each mark, as the spreadsheet wants it.",
    amends: {
      commit: "Quote CSV fields that hold a comma or quotes",
      note: "fields are quoted now. A look at the output is no proof, the test is.",
    },
  },
};
