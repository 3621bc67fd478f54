/**
 * Onward's own prompts. The words are ours; the lessons behind them are the field's: look before working, one
 * feature at a time, mend what is broken first, prove it as a user would before claiming it, touch nothing of the
 * list but `passes`, leave the place clean and say where you left off.
 */
import type { PromptSet } from "./templates.ts";

const init = `This is the first session of a new project. Read {{specification}} from beginning to end before anything else.

Prepare the ground so that later sessions, which know nothing but the files, can each take one feature and finish it. A session before yours may have been cut off here: keep what is good of what you find.

1. Write feature_list.json: everything that must be true of the finished project, from the user's side, small enough that one session can do one feature, in the order in which to build them, every one with "passes": false. Leave nothing of the specification out, neither its small print nor how it has to look and fail; nobody can add to the list later.
2. Write init.sh (executable, safe to run again): sets up and starts what the project needs on a fresh machine, and says how to reach it.
3. Lay the scaffold: the directory structure, the test runner, a README with how to run and test. Build no features yet.
4. Write claude-progress.txt: what you decided and why, how to run and check things, what comes first.
5. Commit it all.

{{list-format}}
`;

const initExisting = `This directory already holds code, and this is Onward's first session with it. Read {{specification}} from beginning to end before anything else.

First understand what is there: read the code, its tests, its history and its instructions; run it and its tests. Change no behaviour in this session. Then:

1. Write feature_list.json: what must be true of the finished project. List what works already too, so that it cannot break unnoticed, with "passes": true only where a command that you ran shows it (put that command in "verify"); what you only read or believe is "passes": false. The rest as well with "passes": false, small enough that one session can do one feature, in the order in which to build them.
2. Write init.sh (executable, safe to run again) if nothing of the kind exists: sets up and starts the project on a fresh machine.
3. Write claude-progress.txt: what you found, how to run and check things, which habits of this code base to keep, what is broken or unclear, what comes first.
4. Commit these files, and nothing else.

{{list-format}}
`;

/** How every session after the first works; the steps before differ. */
const oneFeature = `3. Take the next feature named below; only that one. Read what {{specification}} says of it. Build it completely, with its tests. One finished feature is worth more than three half-done ones; other sessions follow.
4. Check it end to end, the way its users would: a page in a browser with clicks and keys, and a look at how it turned out; a program by its command line; a library from a program that calls it. Tests that you wrote are not enough, and a back end that answers is no page that works.
5. Only when you saw it work, claim it. Commit, with a message that says why.
6. If there is room left in this session, take the following feature the same way. If not, stop while the tree is clean, everything is committed and the project runs.

{{reporting}}
`;

const work = `Take the project one step further.

1. Look around: the briefing below first, then what you still need of claude-progress.txt, git log and git status. Do not read feature_list.json as a whole; it may be long.
2. Run init.sh if there is one, and try one or two of the most central features that pass, end to end. Sessions before yours may have broken them: if something is broken, set it back to not passing, and mend it before anything new.
${oneFeature}`;

const recovery = `The session before yours was cut off in the middle of its work, so you may find half of it. Bring the project back to a state that works, then take it one step further.

1. Look at what is there before you change anything: the briefing below, git status and git diff, git log, the end of claude-progress.txt. Nothing that was not committed is proved, and nothing of it is worthless.
2. Run init.sh if there is one, and the tests. Finish what is nearly done and good, and commit it; take back what leads nowhere, file by file, and leave alone what neither you nor a session before you made. Then try one or two of the most central features that pass, end to end, and mend what is broken.
${oneFeature}`;

const gateFailed = `Every feature in feature_list.json is marked as passing, but the project's final check does not hold. Its output is below.

1. Look around: the briefing below, claude-progress.txt, git log, git status; run init.sh if there is one.
2. Reproduce the failure with the command that is named below, find its cause, and mend the project. Do not weaken the check, the tests or what they run.
3. Try the features that your change touches, end to end. Those that turn out to be broken do not pass: set them back, and mend them.
4. Run the check again, commit, and note what was wrong.

{{reporting}}
`;

const resume = `You were interrupted in the middle of your work (a limit, a stop, or a crash; it was nothing you did). Files may have changed and processes that you started are gone. Look at git status and at feature_list.json first, then go on where you were and finish as your instructions say: proved, claimed, committed, noted.
`;

export const builtInPrompts: PromptSet = {
  init,
  "init-existing": initExisting,
  continue: work,
  recovery,
  "gate-failed": gateFailed,
  resume,
};
