/** The page on web applications, word for word, with a real browser. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Reader, readDocument, reader, shellBlocks } from "../docs/commands.ts";

const path = "docs/guide/web-applications.md";

/** A to-do list in memory. */
const server = `import { createServer } from "node:http";
const tasks = [];
createServer(async (request, response) => {
  if (request.method === "POST") {
    let body = "";
    for await (const piece of request) body += piece;
    tasks.push(new URLSearchParams(body).get("task"));
    return response.writeHead(303, { location: "/" }).end();
  }
  response.setHeader("content-type", "text/html");
  const form = '<form method="post"><label>Task <input name="task"></label><button>Add</button></form>';
  response.end(form + "<ul>" + tasks.map((task) => "<li>" + task + "</li>").join("") + "</ul>");
}).listen(process.env.PORT, "127.0.0.1");
`;

/** Where Onward is installed and the project stands, with the server as `source`. */
async function project(person: Reader, source: string): Promise<string> {
  const at = join(person.home, "todo");
  await mkdir(at);
  const files = {
    "server.js": source,
    "package.json": { name: "todo", private: true, type: "module", scripts: { dev: "node server.js" } },
    "feature_list.json": [{ id: "add", description: "A task can be added", passes: true }],
    ".gitignore": "node_modules/\n",
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(at, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  const install = shellBlocks(await readDocument("README.md")).filter(({ text }) =>
    text.startsWith("npm install"),
  );
  await person.run(install, join(import.meta.dirname, "../.."));
  await person.run([{ line: 0, text: "git init --quiet && git add -A && git commit -qm Begin" }], at);
  return at;
}

test("the check of the page holds for a page that works, and fails for one whose button does nothing", async () => {
  await using person = await reader();
  const at = await project(person, server);
  const blocks = shellBlocks(await readDocument(path));
  expect(blocks).toHaveLength(2);
  expect(await person.run(blocks, at)).toContain("✓ add");

  await writeFile(join(at, "server.js"), server.replace("<button>", '<button type="button">'));
  const again = { line: 0, text: "onward features verify add   # exit code 3" };
  expect(await person.run([again], at)).toContain("Buy milk");
});
