// Runs commands of box as this process's user: each line of stdin has the words of one, as JSON, and is answered by a line
// with its exit code and output. other-user.ts starts it.
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { runInProcess } from "../in-process.js";

const { stdin, stdout } = process;
const env = { ...process.env };
for await (const line of createInterface({ input: stdin })) {
  const args = /** @type {string[]} */ (JSON.parse(line));
  const { code, outputs } = await runInProcess({ args, env, cwd: "/", stdin: Readable.from([]) });
  const written = (/** @type {string} */ name) =>
    Buffer.concat(outputs.filter(({ stream }) => stream === name).map(({ data }) => data)).toString();
  stdout.write(`${JSON.stringify({ code, out: written("stdout"), said: written("stderr") })}\n`);
}
