// Docker's recorded answers: answers/AREA.json, with the versions of client and engine that gave them.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { z } from "zod";

const FOLDER = join(import.meta.dirname, "answers");

/** Texts are stored as lists of lines; the last one is "" if the text ends with a newline. */
const Lines = z.array(z.string()).transform((lines) => lines.join("\n"));

const Recorded = z.strictObject({
  client: z.string(),
  engine: z.string(),
  cases: z.record(
    z.string(),
    z.strictObject({
      script: z.string(),
      answers: z.array(
        z.strictObject({
          command: z.string(),
          code: z.string().default("0"),
          stdout: Lines.default(""),
          stderr: Lines.default(""),
        }),
      ),
    }),
  ),
});

/**
 * @typedef {z.infer<typeof Recorded>} Recorded `script` is the stamp of the script that was run
 * @typedef {import("./run.js").Answer} Answer
 */

/** @param {string} area */
const pathOf = (area) => join(FOLDER, `${area}.json`);

/** @param {string} area @returns {Recorded | undefined} */
export function readRecorded(area) {
  const path = pathOf(area);
  if (!existsSync(path)) return undefined;
  return Recorded.parse(JSON.parse(readFileSync(path, "utf8")));
}

/**
 * Refuses to mix answers of different versions. @param {{ client: string, engine: string }} versions
 * @param {string[]} areas
 */
export function checkVersions({ client, engine }, areas) {
  for (const area of areas) {
    const recorded = readRecorded(area);
    if (recorded === undefined || (recorded.client === client && recorded.engine === engine)) continue;
    throw new Error(
      `the answers of ${area} are those of client ${recorded.client} and engine ${recorded.engine}, not ${client} and ${engine}; --other-versions records them all the same`,
    );
  }
}

/** @param {Answer} answer without what is as usual */
const brief = ({ command, code, stdout, stderr }) => ({
  command,
  ...(code !== "0" && { code }),
  ...(stdout !== "" && { stdout: stdout.split("\n") }),
  ...(stderr !== "" && { stderr: stderr.split("\n") }),
});

/** @param {string} area @param {Recorded} recorded */
export async function writeRecorded(area, { client, engine, cases }) {
  const entries = Object.entries(cases).map(([name, { script, answers }]) => [
    name,
    { script, answers: answers.map(brief) },
  ]);
  const text = JSON.stringify({ client, engine, cases: Object.fromEntries(entries) });
  writeFileSync(pathOf(area), await format(text, { parser: "json", printWidth: 110 }));
}
