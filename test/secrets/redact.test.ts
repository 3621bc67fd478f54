import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../src/secrets/redact.ts";

const word = "Zq3xK9mm2pLw88aaVt7";
const long = `${word}${word}${word}`;
const { redact } = createRedactor({});
const pem = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n${`${long}/+x\n`.repeat(20)}-----END RSA PRIVATE KEY-----`;

/** No form of a credential is written in one piece here, so that no scanner takes this file for a leak. */
const forms: Readonly<Record<string, string>> = {
  anthropic: `sk-${`ant-api03-${long}-AA`}`,
  openai: `sk-${`proj-${long}`}`,
  "github token": `gh${`p_${long.slice(0, 36)}`}`,
  "github oauth": `gh${`o_${long.slice(0, 36)}`}`,
  "github fine-grained": `github${`_pat_${word}_${long}`}`,
  gitlab: `glpat${`-${word}_${word}`}`,
  "aws key id": `AK${"IAIOSFODNN7EXAMPLE"}`,
  google: `AI${`za${long.slice(0, 35)}`}`,
  slack: `xo${`xb-123456789012-${word}`}`,
  npm: `np${`m_${long.slice(0, 36)}`}`,
  jwt: `ey${`JhbGciOiJIUzI1NiJ9.eyJ${word}.${word}_-${word}`}`,
  bearer: `Bearer ${long}`,
  basic: `Authorization: Basic dXNlcjpwYXNz`,
  "a header in JSON": `{"authorization":"Bearer short-one"}`,
  "a private key": pem,
  "a private key in JSON": JSON.stringify({ key: pem }),
  "a private key in JSON in JSON": JSON.stringify(JSON.stringify({ key: pem })),
  "a private key without its end": pem.slice(0, 800),
  "a connection": `postgres://admin:${word}@db.internal:5432/app`,
  "a git remote": `https://x-access-token:${word}@github.com/a/b.git`,
};

describe("known forms", () => {
  it.each(Object.entries(forms))("takes out %s", (_name, text) => {
    const clean = redact(`before ${text} after`);
    expect(clean).toContain("[redacted]");
    for (const part of [word.slice(0, 12), "dXNlcjpwYXNz", "short-one", "IOSFODNN7"])
      expect(clean).not.toContain(part);
    expect(clean).toMatch(/^before .* after$|^before \[redacted\]$/s);
    expect(redact(clean)).toBe(clean);
  });

  it("keeps what only says that there was a secret", () => {
    expect(redact(`curl -H 'Authorization: Bearer ${word}' x`)).toBe(
      "curl -H 'Authorization: Bearer [redacted]' x",
    );
    expect(redact(`redis://:${word}@cache:6379/0`)).toBe("redis://:[redacted]@cache:6379/0");
  });

  it.each([
    ["a git hash", createHash("sha1").update("x").digest("hex")],
    ["a sha256", createHash("sha256").update("x").digest("hex")],
    ["an integrity", `sha512-${createHash("sha512").update("x").digest("base64")}`],
    ["a UUID", "0b7f6a52-7f2e-4d5a-9d0e-2b1f9c3a4e5d"],
    [
      "names with the same letters",
      "task-management-for-everyone-1 risk-assessment-2026-for-all npm_config_user_agent",
    ],
    ["a style sheet", ".sk-fading-circle-with-many-words .sk-child:before {}"],
    ["prose", "The bearer authentication-scheme is basic functionality; Basic documentation follows."],
    ["a dev server", "http://localhost:5173/@vite/client and http://localhost:3000/@fs/home/agent/x"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template
    ["a template", "`postgres://${user}:${password}@${host}` postgres://<user>:<password>@host"],
    [
      "code about keys",
      'if (text.includes("-----BEGIN PRIVATE KEY-----")) return "-----END PRIVATE KEY-----";',
    ],
    ["an scp-like remote", "git@github.com:a/b.git ssh://git@github.com:22/a/b"],
  ])("leaves %s alone", (_name, text) => {
    expect(redact(text)).toBe(text);
    expect(createRedactor({ API_KEY: word }).redact(JSON.stringify(text))).toBe(JSON.stringify(text));
  });

  it("leaves images in base64 alone", () => {
    const images = Array.from({ length: 20 }, () => randomBytes(200_000).toString("base64"));
    // A form of twenty characters can occur by chance; in five megabytes it does not, but for a rare run.
    expect(images.filter((image) => redact(image) !== image).length).toBeLessThanOrEqual(1);
  });

  it("leaves JSON valid", () => {
    const line = JSON.stringify({ forms, nested: JSON.stringify({ deeper: JSON.stringify(forms) }) });
    const clean = redact(line);
    expect(() => JSON.parse(JSON.parse(JSON.parse(clean).nested).deeper)).not.toThrow();
    expect(clean).not.toContain(word.slice(0, 12));
  });
});

describe("hostile text", () => {
  it.each([
    "-eyJ",
    "eyJa.",
    "sk-",
    "://a:",
    "-----BEGIN PRIVATE KEY-----a",
    "\\",
    "Bearer ",
    "authorization: ",
    "gho_",
    "a:b@",
  ])("of %j takes no time", (part) => {
    const text = part.repeat(Math.ceil(1_000_000 / part.length));
    const start = performance.now();
    redact(text);
    // Some 10 ms alone; a search that backtracks without bound takes minutes.
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe("values of the environment", () => {
  const secret = 'pä55 "w0rd"/+\\&?\n~end';
  const { redact: clean } = createRedactor({
    APP_PASSWORD: secret,
    ANTHROPIC_API_KEY: `${word}-anthropic`,
    CLAUDE_CODE_OAUTH_TOKEN: `${word}-claude`,
    ANTHROPIC_BASE_URL: "http://127.0.0.1:8080",
    CLAUDE_CONFIG_DIR: "/home/agent/.claude",
    GOOGLE_APPLICATION_CREDENTIALS: "/home/agent/key.json",
    CLAUDE_CODE_MAX_OUTPUT_TOKENS: "3200000000",
    SHORT_TOKEN: "1234567",
    EMPTY_KEY: "",
  });
  const json = JSON.stringify(secret).slice(1, -1);

  it.each([
    ["as it is", secret],
    ["in JSON", json],
    ["in JSON in JSON", JSON.stringify(json).slice(1, -1)],
    ["in a URL", encodeURIComponent(secret)],
    ["in a form", new URLSearchParams({ p: secret }).toString().slice(2)],
    [
      "in a URL, in small letters",
      encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase()),
    ],
    ["in base64", Buffer.from(secret).toString("base64")],
    ["in base64url", Buffer.from(secret).toString("base64url")],
    ["in base64 behind one byte", Buffer.from(`:${secret}`).toString("base64")],
    ["in base64 between others", Buffer.from(`ab${secret}xyz`).toString("base64")],
  ])("are found %s", (_name, form) => {
    const [head, tail] = [form.slice(4, -4), `x${form}y`];
    expect(clean(tail)).toContain("[redacted]");
    expect(clean(tail)).not.toContain(head);
  });

  it("are found also where a form ends in their middle", () => {
    expect(clean(`https://x:${word}-anthropic`)).toBe("https://x:[redacted]");
    const { redact: strict } = createRedactor({ DB_PASSWORD: "half@otherhalf" });
    expect(strict("postgres://x:half@otherhalf@db/app")).toBe("postgres://x:[redacted]@db/app");
  });

  it("are found whatever the variable's vendor", () => {
    expect(clean(`${word}-anthropic ${word}-claude`)).toBe("[redacted] [redacted]");
  });

  it("leave settings alone", () => {
    const text = "http://127.0.0.1:8080 /home/agent/.claude /home/agent/key.json 3200000000 1234567";
    expect(clean(text)).toBe(text);
  });
});

describe("a stream", () => {
  const canary = 'canary\\"value\n42';
  const env = { MY_SECRET: canary, OTHER_TOKEN: word };
  const redactor = createRedactor(env);
  const piece = fc.oneof(
    fc.constantFrom(...Object.values(forms), canary, word, "task-", "sk-", "\\n", "a", " ", '"'),
    fc.string({ maxLength: 40 }),
    fc.integer({ min: 1, max: 3 }).map((times) => "lorem ipsum dolor ".repeat(times * 900)),
  );
  const pieces = fc.array(piece, { maxLength: 12 });
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });

  it("says what redacting the whole says, wherever it is cut", () => {
    fc.assert(
      fc.property(pieces, cuts, (parts, at) => {
        const text = parts.join("");
        expect(throughStream(text, at)).toBe(redactor.redact(text));
      }),
      { numRuns: 300 },
    );
  });

  it("lets no canary through, wherever it is put and cut", () => {
    fc.assert(
      fc.property(pieces, pieces, cuts, fc.constantFrom(canary, word), (head, tail, at, planted) => {
        const text = `${head.join("")}${planted}${tail.join("")}`;
        expect(throughStream(text, at)).not.toContain(planted);
      }),
      { numRuns: 300 },
    );
  });

  it("finds a secret that arrives character by character, at the end of much text", () => {
    const stream = redactor.stream();
    let out = stream.write("x ".repeat(40_000));
    for (const character of `${pem}!`) out += stream.write(character);
    out += stream.end();
    expect(out).toMatch(/x \[redacted\]!$/);
    expect(out.length).toBe(80_000 + "[redacted]!".length);
  });

  it("holds a bounded amount back", () => {
    const stream = redactor.stream();
    let [given, got] = [0, 0];
    for (let i = 0; i < 4000; i++) {
      const chunk = `${"sk-".repeat(i % 5)}${"-----BEGIN".repeat(i % 2)} ${"x".repeat(i % 100)}`;
      given += chunk.length;
      got += stream.write(chunk).length;
      expect(given - got).toBeLessThan(40_000);
    }
    stream.end();
  });

  function throughStream(text: string, at: readonly number[]): string {
    const positions = [
      0,
      ...at.map((share) => Math.floor(share * text.length)).sort((a, b) => a - b),
      text.length,
    ];
    const stream = redactor.stream();
    const out = positions.slice(1).map((end, index) => stream.write(text.slice(positions[index], end)));
    return out.join("") + stream.end();
  }
});
