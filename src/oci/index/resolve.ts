import { badLayer } from "./bad-layer.js";
import type { MergeBudget } from "./merge-budget.js";
import { showName } from "./entry.js";
import type { Name } from "./tree.js";

/** Maximum number of links that a lookup follows; beyond that, it is considered a loop. */
const MAX_LINKS = 255;
/** Linux's NAME_MAX, and the limit of EROFS. */
const MAX_NAME = 255;
/** Deeper than PATH_MAX (4096 bytes) allows. */
const MAX_DEPTH = 2048;

/** The place in the image that a path leads to. */
export interface Place {
  /** All components, with links resolved. */
  names: string[];
  /** The root and those of `names` that exist: shorter than `names` if some are missing. */
  chain: Name[];
}

/** @throws BoxError `bad-layer` for a name that is too long for any Linux file system */
export function checkName(name: string): void {
  if (name.length > MAX_NAME) {
    throw badLayer(
      `file name too long (${name.length} bytes, the maximum is ${MAX_NAME}): ${showName(name)}`,
    );
  }
}

/**
 * Splits a name of a tar into components. Resolves `.`, `..`, empty components and a leading slash lexically, so that
 * no name leads out of the root.
 */
export function splitPath(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}

/**
 * Follows `parts` from the root, through symbolic links, as a process with that root would. Missing components are kept
 * as they are, because they may be created.
 * @throws BoxError `bad-layer` for a loop of links, a name that is too long, directories nested too deep, or if the
 * budget is exceeded
 */
export function resolve(root: Name, parts: string[], budget: MergeBudget): Place {
  const names: string[] = [];
  const chain: Name[] = [root];
  let rest = parts;
  let links = 0;
  for (let i = 0; i < rest.length; i++) {
    const part = rest[i] ?? "";
    if (part === "" || part === ".") continue;
    if (part === "..") {
      names.pop();
      if (chain.length > names.length + 1) chain.pop();
      continue;
    }
    const child = chain.length === names.length + 1 ? chain.at(-1)?.inode.children?.get(part) : undefined;
    if (child?.inode.entry.type === "symlink") {
      if (++links > MAX_LINKS)
        throw badLayer(`too many levels of symbolic links: ${showName(parts.join("/"))}`);
      const target = child.inode.entry.linkTarget;
      if (target.startsWith("/")) {
        names.length = 0;
        chain.length = 1;
      }
      budget.spend(target.length + rest.length);
      rest = [...target.split("/"), ...rest.slice(i + 1)];
      i = -1;
      continue;
    }
    checkName(part);
    names.push(part);
    if (child !== undefined) chain.push(child);
    if (names.length > MAX_DEPTH)
      throw badLayer(`directories nested more than ${MAX_DEPTH} deep: ${showName(parts.join("/"))}`);
  }
  budget.spend(names.length);
  return { names, chain };
}
