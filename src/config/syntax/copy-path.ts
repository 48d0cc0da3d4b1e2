import { isAbsolute } from "node:path";

/** Splits `BOX:PATH`; undefined for a host path, which must begin with / or a dot if it contains a colon, as in Docker. */
export function splitBoxPath(word: string): { name: string; path: string } | undefined {
  const colon = word.indexOf(":");
  if (colon <= 0 || isAbsolute(word) || word.startsWith(".")) return undefined;
  return { name: word.slice(0, colon), path: word.slice(colon + 1) };
}
