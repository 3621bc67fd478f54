import { expect, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import { evolve } from "../../src/core/evolve.ts";
import { changeBetween } from "../../src/core/list-change.ts";
import type { ListEdit } from "../../src/core/list-edits.ts";
import { noProject } from "../../src/core/run.ts";
import { feature, story } from "./story.ts";

const edit: ListEdit = { type: "edit", id: "a", fields: { steps: ["look"] } };
const made = { type: "made", unpassed: false, digest: "d" } as const;

it("people's edits need no run, and outlive its end", () => {
  const asked = { type: "edit-asked", edit, command: 4 } as const;
  const [event] = decide(noProject, asked, 1);
  if (event === undefined) throw new Error("it was not taken");
  const state = evolve(noProject, event);
  expect(state).toMatchObject({ run: null, list: { edits: [edit], lastCommand: 4 } });
  expect(decide(state, asked, 2)).toEqual([]);
  expect(decide(state, { ...asked, command: 5 }, 2)).toHaveLength(1);

  const told = story();
  told.give({ type: "broken", detail: "x" });
  told.give({ type: "edit-asked", edit, command: null });
  told.give({ type: "list-edited", done: made });
  expect(told.state.list).toEqual({ edits: [], lastCommand: 0, digest: "d", news: ["by command: edit a"] });
  expect(told.give({ type: "list-edited", done: made })).toEqual([]);
});

it("a feature that a person has said more clearly is tried anew", () => {
  const told = story();
  told.session({ type: "done", detail: "" }, { claimed: ["a"], passing: 1 });
  expect(told.state.run?.attempts).toMatchObject({ a: { tries: 1 } });
  told.give({ type: "edit-asked", edit, command: null });
  told.give({ type: "list-edited", done: { ...made, unpassed: true } });
  expect(told.state.run).toMatchObject({ attempts: {} });
});

it("the digest is of the time between two sessions", () => {
  const told = story();
  const change = changeBetween([], []);
  told.give({ type: "list-changed", change, digest: "d" });
  expect(told.state.list.digest).toBe("d");
  told.session({ type: "done", detail: "" });
  expect(told.state.list.digest).toBeNull();
});

it("a change of thousands stays a small event, and says how many it does not name", () => {
  const many = Array.from({ length: 1000 }, (_, index) => feature(`f${index}`));
  const change = changeBetween(many, [...many.slice(500).reverse(), feature("x".repeat(1000))]);
  expect(change.removed).toHaveLength(50);
  expect(change).toMatchObject({ added: [], reordered: true, more: 451 });
});
