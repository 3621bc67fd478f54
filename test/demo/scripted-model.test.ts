import { describe, expect, test } from "vitest";
import { type ScriptedModelOptions, startScriptedModel } from "../../src/demo/scripted-model.ts";

const tools = [{ name: "Bash" }];

function post(url: string, body: object): Promise<Response> {
  return fetch(`${url}/v1/messages?beta=true`, {
    method: "POST",
    headers: { "x-api-key": "secret" },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }], tools, ...body }),
  });
}

async function answers(
  options: ScriptedModelOptions,
  bodies: readonly object[],
): Promise<readonly unknown[]> {
  await using model = await startScriptedModel(options);
  const out: unknown[] = [];
  for (const body of bodies) out.push(await (await post(model.url, body)).json());
  return out;
}

describe("the script", () => {
  test("is played turn by turn, repeats a turn, then falls back", async () => {
    const options = { turns: [{ text: "a" }, { text: "b", repeat: 2 }], fallback: { text: "end" } };
    const played = await answers(options, [{}, {}, {}, {}]);
    const text = (value: string) => expect.objectContaining({ content: [{ type: "text", text: value }] });
    expect(played).toEqual([text("a"), text("b"), text("b"), text("end")]);
  });

  test("is not consumed by calls without tools", async () => {
    const [side, main] = await answers({ turns: [{ text: "a" }] }, [{ tools: [] }, {}]);
    expect(side).toMatchObject({ content: [{ text: "ok" }] });
    expect(main).toMatchObject({ content: [{ text: "a" }] });
  });

  test("can look at what the agent sent", async () => {
    const [answer] = await answers(
      {
        respond: ({ system, messages, index }) => ({
          text: `${index} ${system} ${messages[0]?.content[0]?.text}`,
        }),
      },
      [{ system: [{ type: "text", text: "be" }] }],
    );
    expect(answer).toMatchObject({ content: [{ text: "0 be hi" }] });
  });

  test("that throws is answered with an error the agent does not retry", async () => {
    const respond = () => {
      throw new Error("oops");
    };
    await using model = await startScriptedModel({ respond });
    const response = await post(model.url, {});
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("script failed: Error: oops");
  });
});

describe("the wire", () => {
  test("a streamed answer holds thinking, text and tools in order, and the usage", async () => {
    const usage = { input_tokens: 7, output_tokens: 3 };
    const turn = {
      thinking: "hm",
      text: "hello",
      tools: [{ name: "Bash", input: { command: "ls" } }],
      usage,
    };
    await using model = await startScriptedModel({ turns: [turn] });
    const response = await post(model.url, { stream: true });
    const events = parseEvents(await response.text());
    expect(events.filter(({ type }) => type === "content_block_start")).toMatchObject([
      { content_block: { type: "thinking" } },
      { content_block: { type: "text" } },
      { content_block: { type: "tool_use", name: "Bash", input: {} } },
    ]);
    expect(events).toContainEqual(
      expect.objectContaining({ delta: { type: "input_json_delta", partial_json: '{"command":"ls"}' } }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "message_delta",
        delta: { stop_reason: "tool_use", stop_sequence: null },
        usage: expect.objectContaining(usage),
      }),
    );
  });

  test("an error has its status, type and headers", async () => {
    const error = { status: 429, message: "slow down", headers: { "retry-after": "20" } };
    await using model = await startScriptedModel({ turns: [{ error }] });
    const response = await post(model.url, { stream: true });
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("20");
    expect(await response.json()).toMatchObject({
      error: { type: "rate_limit_error", message: "slow down" },
    });
  });

  test("a cut answer ends early", async () => {
    await using model = await startScriptedModel({ turns: [{ text: "x".repeat(200), cut: true }] });
    const response = await post(model.url, { stream: true });
    await expect(response.text()).rejects.toThrow();
  });

  test("an error in mid-stream is the last event", async () => {
    await using model = await startScriptedModel({
      turns: [{ text: "x".repeat(200), errorMidStream: { message: "full" } }],
    });
    const events = parseEvents(await (await post(model.url, { stream: true })).text());
    expect(events.at(-1)).toMatchObject({
      type: "error",
      error: { type: "overloaded_error", message: "full" },
    });
  });

  test("silence lasts until the client gives up, and is recorded as aborted", async () => {
    await using model = await startScriptedModel({ turns: [{ hang: true }] });
    const giveUp = new AbortController();
    const request = fetch(`${model.url}/v1/messages`, {
      method: "POST",
      body: JSON.stringify({ model: "m", messages: [], tools }),
      signal: giveUp.signal,
    });
    await model.waitFor(({ main }) => main);
    giveUp.abort();
    await expect(request).rejects.toThrow();
    await expect.poll(() => model.requests[0]?.aborted).toBe(true);
  });
});

test("records requests without their credentials", async () => {
  await using model = await startScriptedModel({});
  await post(model.url, {});
  expect(model.requests).toMatchObject([
    { method: "POST", main: true, headers: { "x-api-key": "<redacted>" } },
  ]);
  expect(model.calls()).toMatchObject([{ index: 0, model: "m", tools: ["Bash"] }]);
});

test("closing cuts what is open", async () => {
  const model = await startScriptedModel({ turns: [{ hang: true }] });
  const request = post(model.url, {});
  await model.waitFor(({ main }) => main);
  await model.close();
  await expect(request).rejects.toThrow();
});

function parseEvents(text: string): readonly { readonly type: string }[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice(6)) as { type: string });
}
