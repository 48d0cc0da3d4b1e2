import { BoxError } from "../../errors.js";
import { badLayer, inLayer } from "./bad-layer.js";
import { createMergeBudget, type MergeBudget } from "./merge-budget.js";
import { type Entry, showName } from "./entry.js";
import { checkName, type Place, resolve, splitPath } from "./resolve.js";
import { type Inode, makeFolder, type Name } from "./tree.js";

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
/** Metadata of AUFS in old images; without meaning outside AUFS. */
const WHITEOUT_META = ".wh..wh.";

/**
 * Merges the layers of an image (OCI image-spec, layer.md, "Applying Changesets") into the tree that the guest sees.
 * Matches `umoci unpack` entry by entry, with these exceptions:
 * - A character device 0/0 replaces an existing file but is omitted itself: overlayfs treats such a node as a whiteout,
 *   so the guest could not see it anyway.
 * - Whiteouts of `.`, `..` and the empty name are refused.
 * @param layers entries of each layer, lowest first
 * @returns the root directory
 * @throws BoxError `bad-layer`
 */
export function mergeLayers(
  layers: readonly (readonly Entry[])[],
  budget: MergeBudget = createMergeBudget(),
): Inode {
  const root: Name = { inode: makeFolder(0), touched: 0 };
  layers.forEach((entries, layer) => {
    try {
      for (const entry of entries) apply(root, entry, layer, budget);
    } catch (error) {
      throw error instanceof BoxError ? inLayer(`${layer + 1} of ${layers.length}`, error) : error;
    }
  });
  return root.inode;
}

function apply(root: Name, entry: Entry, layer: number, budget: MergeBudget): void {
  const parts = splitPath(entry.path);
  const name = parts.pop();
  if (name === undefined) return applyToRoot(root, entry, layer);
  checkName(name);
  const place = resolve(root, parts, budget);
  if (name.startsWith(WHITEOUT)) return applyWhiteout(place, name, layer, budget);
  const folder = makeParents(place, entry, layer, budget);
  budget.addInode();
  if (entry.type === "directory") {
    putFolder(folder, name, entry, layer);
  } else {
    // The old file is removed first, even if a hard link then fails as a result.
    folder.delete(name);
    if (entry.type === "hardlink")
      folder.set(name, { inode: linkTarget(root, entry, budget), touched: layer });
    else if (!isOverlayWhiteout(entry))
      folder.set(name, { inode: { entry, layer, children: undefined, number: -1 }, touched: layer });
  }
}

function applyToRoot(root: Name, entry: Entry, layer: number): void {
  if (entry.type !== "directory")
    throw badLayer(`the entry for the root directory has the type ${entry.type}`);
  root.inode.entry = entry;
  root.inode.layer = layer;
}

function putFolder(folder: Map<string, Name>, name: string, entry: Entry, layer: number): void {
  const old = folder.get(name);
  if (old?.inode.children === undefined) {
    folder.set(name, { inode: { entry, layer, children: new Map(), number: -1 }, touched: layer });
  } else {
    old.inode.entry = entry;
    old.inode.layer = layer;
    old.touched = layer;
  }
}

/** Creates a directory and its missing parents, and marks them all as touched by this layer. @returns its children */
function makeParents(
  { names, chain }: Place,
  entry: Entry,
  layer: number,
  budget: MergeBudget,
): Map<string, Name> {
  let parent: Inode | undefined;
  let children: Map<string, Name> | undefined;
  for (let depth = 0; depth <= names.length; depth++) {
    let at = chain[depth];
    if (at === undefined) {
      budget.addInode();
      at = { inode: makeFolder(layer, parent), touched: layer };
      children?.set(names[depth - 1] ?? "", at);
    }
    at.touched = layer;
    parent = at.inode;
    ({ children } = parent);
    if (children === undefined) {
      throw badLayer(
        `cannot create ${showName(entry.path)}: ${showName(names.slice(0, depth).join("/"))} is not a directory`,
      );
    }
  }
  if (children === undefined) throw new Error("a place has a root");
  return children;
}

function linkTarget(root: Name, entry: Entry, budget: MergeBudget): Inode {
  const parts = splitPath(entry.linkTarget);
  const name = parts.pop();
  // The target itself may be a symbolic link: only links in the path to it are followed.
  const target =
    name === undefined ? root : folderAt(resolve(root, parts, budget))?.inode.children?.get(name);
  if (target === undefined) {
    throw badLayer(
      `${showName(entry.path)} is a hard link to ${showName(entry.linkTarget)}, which does not exist`,
    );
  }
  if (target.inode.children !== undefined) {
    throw badLayer(
      `${showName(entry.path)} is a hard link to ${showName(entry.linkTarget)}, which is a directory`,
    );
  }
  return target.inode;
}

function folderAt({ names, chain }: Place): Name | undefined {
  return chain.length === names.length + 1 ? chain.at(-1) : undefined;
}

function applyWhiteout(place: Place, name: string, layer: number, budget: MergeBudget): void {
  const children = folderAt(place)?.inode.children;
  if (name === OPAQUE) {
    if (children !== undefined) removeLower(children, layer, budget);
    return;
  }
  if (name.startsWith(WHITEOUT_META)) return;
  const hidden = name.slice(WHITEOUT.length);
  if (hidden === "" || hidden === "." || hidden === "..")
    throw badLayer(`invalid whiteout of ${showName(hidden)}`);
  const old = children?.get(hidden);
  if (old === undefined) return;
  if (old.touched !== layer) children?.delete(hidden);
  else if (old.inode.children !== undefined) removeLower(old.inode.children, layer, budget);
}

/** Removes everything created by lower layers; this layer's own entries stay, wherever in it the whiteout is. */
function removeLower(folder: Map<string, Name>, layer: number, budget: MergeBudget): void {
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    budget.spend(next.size);
    for (const [name, { inode, touched }] of next) {
      if (touched !== layer) next.delete(name);
      else if (inode.children !== undefined) folders.push(inode.children);
    }
  }
}

function isOverlayWhiteout({ type, major, minor }: Entry): boolean {
  return type === "char" && major === 0 && minor === 0;
}
