import { run, type RunOptions } from "./box.js";
import { BUSYBOX } from "./images.js";

/** Output of each command, without the final newline. */
export type Findings = Readonly<Record<string, string>>;

/**
 * Runs commands one after another in a single box: starting a box costs more than running them all.
 * @param flags for `box run`
 * @param commands shell commands by name
 * @throws Error when the box fails or writes to stderr
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
