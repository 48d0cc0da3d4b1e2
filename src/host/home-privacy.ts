import { stat } from "node:fs/promises";
import type { Home } from "./home.js";
import { isNews } from "./shown-warnings.js";

const OF_OTHERS = 0o077;

/** Other users who can access a home directory. */
export interface HomeExposure {
  reason: string;
  /** The command that ends it; undefined if only the owner can do so. */
  cure?: string[];
}

/** Finds out who else can access the home directory, where the environments of boxes may contain secrets. */
export async function findExposure(home: Home): Promise<HomeExposure | undefined> {
  const found = await stat(home.folder).catch(() => undefined);
  if (!found) return undefined;
  if (found.uid !== process.geteuid?.())
    return { reason: `${home.folder} belongs to user ${found.uid}, who can modify all boxes` };
  if ((found.mode & OF_OTHERS) === 0) return undefined;
  return {
    reason: `${home.folder} can be read by other users, and may contain secrets of boxes`,
    cure: ["chmod", "700", home.folder],
  };
}

/** Describes the exposure of a home directory in one line, with its cure; undefined if nobody else has access. */
export async function describeExposure(home: Home): Promise<string | undefined> {
  const exposure = await findExposure(home);
  if (exposure === undefined) return undefined;
  const { reason, cure } = exposure;
  return cure === undefined ? reason : `${reason}: run \`${cure.join(" ")}\``;
}

/** Warns about an accessible home directory, once. */
export async function warnAboutExposure(home: Home, warn: (line: string) => void): Promise<void> {
  const text = await describeExposure(home);
  if (text !== undefined && isNews(home, "privacy", text)) warn(text);
}
