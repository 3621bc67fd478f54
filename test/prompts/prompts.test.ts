import { describe, expect, test } from "vitest";
import { builtInPrompts } from "../../src/prompts/built-in.ts";
import { sessionPrompt } from "../../src/prompts/prompts.ts";
import { fill, unknownPlaceholders } from "../../src/prompts/templates.ts";

describe("prompts", () => {
  const given = {
    prompts: builtInPrompts,
    cutOff: false,
    purpose: "work",
    existingCode: false,
    specFile: "app_spec.txt",
    task: null,
    messages: [],
    briefing: "",
  } as const;

  test("an init prompt names the specification; one for existing code begins with understanding it", () => {
    expect(sessionPrompt({ ...given, sessionType: "init" })).toMatch(
      /session type: init\n[\s\S]*app_spec\.txt/,
    );
    const existing = sessionPrompt({ ...given, sessionType: "init", existingCode: true, specFile: null });
    expect(existing).toMatch(/already holds code[\s\S]*no specification file/);
  });

  test("a continue prompt carries the briefing; a caller's task replaces ours and keeps the rest", () => {
    const prompt = sessionPrompt({
      ...given,
      sessionType: "continue",
      task: "Make it faster.",
      briefing: "Progress",
    });
    expect(prompt).toBe(
      "Onward session type: continue\n\nMake it faster.\n\nWhere the project stands\n\nProgress\n",
    );
  });

  test("what a person said comes after the task, in their words", () => {
    const prompt = sessionPrompt({ ...given, sessionType: "continue", messages: ["Use tabs."] });
    expect(prompt).toContain("The person you work for says: Use tabs.");
  });

  test("an interrupted conversation is told to go on, whatever it was about", () => {
    expect(sessionPrompt({ ...given, sessionType: "init", purpose: "go-on" })).toContain(
      "You were interrupted",
    );
    expect(sessionPrompt({ ...given, sessionType: "continue", purpose: "mend-gate" })).toContain(
      "final check does not hold",
    );
  });

  test("a session after one that was cut off is told to look at what that left", () => {
    const told = (cutOff: boolean, purpose: "work" | "mend-gate" = "work") =>
      sessionPrompt({ ...given, sessionType: "continue", cutOff, purpose });
    expect(told(true)).toContain("was cut off in the middle of its work");
    expect(told(false)).not.toContain("cut off");
    expect(told(true, "mend-gate")).toContain("final check does not hold");
  });

  test("the specification is named to every session; without one that is said", () => {
    expect(sessionPrompt({ ...given, sessionType: "continue" })).toContain(
      "Read what app_spec.txt (the specification) says of it.",
    );
    expect(sessionPrompt({ ...given, sessionType: "continue", specFile: null })).toContain(
      "there is no specification file",
    );
  });

  test.each(Object.entries(builtInPrompts))("%s leaves no placeholder open", (_, text) => {
    expect(unknownPlaceholders(text)).toEqual([]);
    expect(fill(text, { specification: "S", "list-format": "L", reporting: "R" })).not.toMatch(/[{}]{2}/);
  });

  test.each(["continue", "recovery", "gate-failed"] as const)("%s says how to report", (name) => {
    expect(builtInPrompts[name]).toContain("{{reporting}}");
  });

  test("a person's own text is filled in the same way, and what is filled in is not looked at again", () => {
    const prompts = { ...builtInPrompts, continue: "Read {{ specification }}, then go." };
    const prompt = sessionPrompt({
      ...given,
      prompts,
      sessionType: "continue",
      specFile: "{{reporting}}.txt",
    });
    expect(prompt).toBe(
      "Onward session type: continue\n\nRead {{reporting}}.txt (the specification), then go.\n",
    );
  });
});
