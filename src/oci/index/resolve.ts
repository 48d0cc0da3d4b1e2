import { badLayer } from "./bad-layer.js";
import type { MergeBudget } from "./merge-budget.js";
import { showName } from "./entry.js";
import type { Name } from "./tree.js";

/** As many links as a lookup follows before it is called a loop. */
const MAX_LINKS = 255;
/** Linux's NAME_MAX, and what EROFS can hold. */
const MAX_NAME = 255;
/** Deeper than PATH_MAX (4096 bytes) allows. */
const MAX_DEPTH = 2048;

/** Where a path leads inside the image. */
export interface Place {
  /** Every component, links resolved. */
  names: string[];
  /** The root and what exists of `names`, one name each: shorter than `names` by what is missing. */
  chain: Name[];
}

/** @throws BoxError `bad-layer` for a name that no Linux file system can hold */
export function checkName(name: string): void {
  if (name.length > MAX_NAME) {
    throw badLayer(`a name has ${name.length} bytes, at most ${MAX_NAME} are possible: ${showName(name)}`);
  }
}

/**
 * Components of a tar's name: `.`, `..`, empty ones and a leading slash resolved by the text alone, so that nothing
 * leads out of the root.
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
 * Follows `parts` from the root, through symbolic links as a process with that root would; a component that is missing
 * is taken as it is, for it may be made.
 * @throws BoxError `bad-layer` for a loop of links, a name too long, folders too deep, effort used up
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
        throw badLayer(`too many symbolic links on the way to ${showName(parts.join("/"))}`);
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
      throw badLayer(`folders nest deeper than ${MAX_DEPTH}: ${showName(parts.join("/"))}`);
  }
  budget.spend(names.length);
  return { names, chain };
}
