import { run, type RunOptions } from "./box.js";
import { BUSYBOX } from "./images.js";

/** What each command of a look into a box wrote, without the last line's end. */
export type Findings = Readonly<Record<string, string>>;

/**
 * Runs commands one after the other in one box, whose start costs more than all of them.
 * @param flags for `box run`
 * @param commands shell commands by name
 * @throws Error when the box failed or wrote to stderr
 */
export async function inspect(
  flags: string[],
  commands: Record<string, string>,
  options: RunOptions = {},
): Promise<Findings> {
  const mark = "--- end of this look ---";
  const script = Object.values(commands)
    .map((command) => `{ ${command}\n}; echo '${mark}'`)
    .join("\n");
  const { code, stdout, stderr } = await run(["--rm", ...flags, BUSYBOX, "sh", "-c", script], options);
  if (code !== 0 || stderr !== "") throw new Error(`the box ended with ${code}: ${stderr}`);
  const answers = stdout.split(`${mark}\n`);
  return Object.fromEntries(Object.keys(commands).map((name, i) => [name, (answers[i] ?? "").trimEnd()]));
}
