import { isAbsolute } from "node:path";

/** `BOX:PATH`; undefined for a path of this host, which with a colon in it begins with / or a dot, as with Docker. */
export function splitBoxPath(word: string): { name: string; path: string } | undefined {
  const colon = word.indexOf(":");
  if (colon <= 0 || isAbsolute(word) || word.startsWith(".")) return undefined;
  return { name: word.slice(0, colon), path: word.slice(colon + 1) };
}
