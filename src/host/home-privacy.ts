import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { boxHome } from "./paths.js";

const OF_OTHERS = 0o077;

/** What is wrong with box's home, which holds the environments of boxes and with them secrets; undefined: nothing. */
export async function describeOpenHome(): Promise<string | undefined> {
  const home = boxHome();
  const found = await stat(home).catch(() => undefined);
  if (!found) return undefined;
  if (found.uid !== process.geteuid?.())
    return `${home} belongs to user ${found.uid}, who can change every box`;
  if ((found.mode & OF_OTHERS) === 0) return undefined;
  return `${home} can be read by other users, and may hold secrets of boxes: run \`chmod 700 ${home}\``;
}

/** Tells of an open home, once for each. */
export async function warnOfOpenHome(warn: (line: string) => void): Promise<void> {
  const text = await describeOpenHome();
  if (text === undefined) return;
  const first = await writeFile(join(boxHome(), "told-open"), "", { flag: "wx", mode: 0o600 }).then(
    () => true,
    () => false,
  );
  if (first) warn(text);
}
