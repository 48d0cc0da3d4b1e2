import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Home } from "./home.js";

const OF_OTHERS = 0o077;

/** Describes who else can access the home directory, where the environments of boxes may contain secrets; or undefined. */
export async function describeOpenHome(home: Home): Promise<string | undefined> {
  const found = await stat(home.folder).catch(() => undefined);
  if (!found) return undefined;
  if (found.uid !== process.geteuid?.())
    return `${home.folder} belongs to user ${found.uid}, who can modify all boxes`;
  if ((found.mode & OF_OTHERS) === 0) return undefined;
  return `${home.folder} can be read by other users, and may contain secrets of boxes: run \`chmod 700 ${home.folder}\``;
}

/** Warns about an accessible home directory, once per home directory. */
export async function warnAboutOpenHome(home: Home, warn: (line: string) => void): Promise<void> {
  const text = await describeOpenHome(home);
  if (text === undefined) return;
  const first = await writeFile(join(home.folder, "told-open"), "", { flag: "wx", mode: 0o600 }).then(
    () => true,
    () => false,
  );
  if (first) warn(text);
}
