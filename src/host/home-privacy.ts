import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Home } from "./home.js";

const OF_OTHERS = 0o077;

/** What is wrong with box's home, which holds the environments of boxes and with them secrets; undefined: nothing. */
export async function describeOpenHome(home: Home): Promise<string | undefined> {
  const found = await stat(home.folder).catch(() => undefined);
  if (!found) return undefined;
  if (found.uid !== process.geteuid?.())
    return `${home.folder} belongs to user ${found.uid}, who can change every box`;
  if ((found.mode & OF_OTHERS) === 0) return undefined;
  return `${home.folder} can be read by other users, and may hold secrets of boxes: run \`chmod 700 ${home.folder}\``;
}

/** Tells of an open home, once for each. */
export async function warnAboutOpenHome(home: Home, warn: (line: string) => void): Promise<void> {
  const text = await describeOpenHome(home);
  if (text === undefined) return;
  const first = await writeFile(join(home.folder, "told-open"), "", { flag: "wx", mode: 0o600 }).then(
    () => true,
    () => false,
  );
  if (first) warn(text);
}
