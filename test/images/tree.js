// A layer's files in memory: read from Debian packages, changed, and written as a reproducible tar archive.
import { once } from "node:events";
import { Header, Parser, Pax } from "tar";
import { filesOf } from "./packages.js";

/** The modification time of every file that doesn't come from a package. */
export const MADE_AT = new Date("2025-01-01T00:00:00Z");

/**
 * @typedef {"Directory" | "File" | "Link" | "SymbolicLink"} Kind
 * @typedef {{ type: Kind, mode: number, uid: number, gid: number, mtime: Date, linkpath?: string, data: Buffer }} Entry
 * @typedef {Map<string, Entry>} Tree entries by path, without a slash at either end
 */

/** Like Debian's slim images: no documentation except for licenses, no translations. */
const LEFT_OUT =
  /^usr\/share\/(doc\/(?!.*\/copyright$).*|man|info|locale|lintian|bug|bash-completion|doc-base|pixmaps|icons|menu)(\/|$)|^(usr\/lib\/systemd|usr\/lib\/udev|etc\/init\.d|etc\/cron\.\w+|etc\/logrotate\.d)(\/|$)|\/(llvmjit|llvmjit_types)\.(so|bc)$|\/bitcode(\/|$)|\/__pycache__(\/|$)/;

/** Directories of packages whose files go below /usr, which is merged. */
const MERGED = /^(bin|sbin|lib|lib32|lib64|libx32)(?=\/|$)/;

/** @param {string} path */
const tidy = (path) =>
  path
    .replace(/^(\.?\/)+/, "")
    .replace(/\/$/, "")
    .replace(MERGED, "usr/$1");

/**
 * @param {string[]} debs
 * @returns {Promise<Tree>}
 */
export async function readPackages(debs) {
  const tree = /** @type {Tree} */ (new Map());
  for (const deb of debs) {
    const parser = new Parser({ strict: true });
    parser.on("entry", (/** @type {import("tar").ReadEntry} */ entry) => {
      const chunks = /** @type {Buffer[]} */ ([]);
      entry.on("data", (/** @type {Buffer} */ chunk) => chunks.push(chunk));
      entry.on("end", () => {
        const path = tidy(entry.path);
        if (path === "" || LEFT_OUT.test(path)) return;
        tree.set(path, {
          type: /** @type {Kind} */ (entry.type),
          mode: (entry.mode ?? 0) & 0o7777,
          uid: entry.uid ?? 0,
          gid: entry.gid ?? 0,
          mtime: entry.mtime ?? MADE_AT,
          ...(entry.linkpath && { linkpath: entry.type === "Link" ? tidy(entry.linkpath) : entry.linkpath }),
          data: Buffer.concat(chunks),
        });
      });
    });
    const ended = once(parser, "end");
    parser.end(filesOf(deb));
    await ended;
  }
  return tree;
}

/**
 * @param {Partial<Entry>} [owner]
 * @returns {Entry}
 */
export const folder = (mode = 0o755, owner = {}) => entry("Directory", mode, { ...owner });

/**
 * @param {string | Buffer} content
 * @returns {Entry}
 */
export const file = (content, mode = 0o644) => entry("File", mode, { data: Buffer.from(content) });

/**
 * @param {string} target
 * @returns {Entry}
 */
export const link = (target) => entry("SymbolicLink", 0o777, { linkpath: target });

/**
 * @param {Kind} type
 * @param {number} mode
 * @param {Partial<Entry>} rest
 * @returns {Entry}
 */
function entry(type, mode, rest) {
  return { type, mode, uid: 0, gid: 0, mtime: MADE_AT, data: Buffer.alloc(0), ...rest };
}

/**
 * @param {Tree} tree
 * @returns {Buffer} a tar archive sorted by path
 */
export function writeTar(tree) {
  const blocks = /** @type {Buffer[]} */ ([]);
  // A hard link comes after its target.
  const order = [...tree].sort(([a, { type: s }], [b, { type: t }]) =>
    s === t || (s !== "Link" && t !== "Link") ? (a < b ? -1 : 1) : s === "Link" ? 1 : -1,
  );
  for (const [path, { data, ...rest }] of order) {
    const fields = {
      ...rest,
      path: rest.type === "Directory" ? `${path}/` : path,
      size: data.length,
      cksumValid: true,
    };
    const block = Buffer.alloc(512);
    if (new Header(fields).encode(block)) {
      const { path, linkpath } = fields;
      blocks.push(new Pax({ path, ...(linkpath !== undefined && { linkpath }) }).encode());
    }
    blocks.push(block, data, Buffer.alloc(-data.length & 511));
  }
  blocks.push(Buffer.alloc(1024));
  return Buffer.concat(blocks);
}
