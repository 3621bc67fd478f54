/** `npm run cast`: makes `docs/cast/demo.svg`, the picture in the README. Nothing in it is made up. */
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { play } from "./play.ts";

const picture = join(import.meta.dirname, "demo.svg");
/** In the picture, so as a person would name it. */
const dir = "/tmp/habit";

if (existsSync(dir)) throw new Error(`${dir} is in the way.`);
try {
  await writeFile(picture, await play(dir));
  console.log(picture);
} finally {
  await rm(dir, { recursive: true, force: true });
}
