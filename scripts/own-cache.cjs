// V8 code caches for versions of Node other than the one that built box: in the user's cache directory, written when the
// first process that loaded a bundle exits. They contain code, so a cache that another user could have written is not
// read. If anything fails here, box just starts more slowly.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

/** Number of caches to keep per bundle, for different versions of Node or box. */
const KEPT = 6;
const me = process.geteuid?.();

/** Returns the user's cache directory, as an existing parent directory and the names below it. */
function cacheFolder() {
  const { XDG_CACHE_HOME = "", HOME = "" } = process.env;
  if (path.isAbsolute(XDG_CACHE_HOME)) return { above: fs.realpathSync(XDG_CACHE_HOME), names: ["box"] };
  if (path.isAbsolute(HOME)) return { above: fs.realpathSync(HOME), names: [".cache", "box"] };
  throw new Error("no home");
}

/**
 * Creates the user's cache directory; throws if root would create it in the home of another user. Not recursive: if
 * nothing can be created, as in /proc, Node 20 would retry forever.
 */
function makeCacheFolder() {
  const { above, names } = cacheFolder();
  checkFolder(above);
  let folder = above;
  for (const name of names) {
    folder = path.join(folder, name);
    if (!fs.existsSync(folder)) fs.mkdirSync(folder, { mode: 0o700 });
  }
}

/** Returns the user's cache directory; throws if it does not exist or another user can write to it. */
function privateFolder() {
  const { above, names } = cacheFolder();
  const folder = fs.realpathSync(path.join(above, ...names));
  checkFolder(folder);
  return folder;
}

/**
 * Throws if another user, except root, could replace the directory or a file in it.
 * @param {string} folder without symbolic links
 */
function checkFolder(folder) {
  for (let place = folder; ; place = path.dirname(place)) {
    const { uid, mode } = fs.lstatSync(place);
    const isParent = place !== folder;
    const isClosed = (mode & 0o022) === 0 || (isParent && (mode & 0o1000) !== 0);
    if (!isClosed || (uid !== me && !(isParent && uid === 0))) throw new Error(`${place} is not private`);
    if (place === "/") return;
  }
}

/** @param {string} name of the cache @returns {Buffer | undefined} */
function read(name) {
  try {
    const folder = privateFolder();
    const file = fs.openSync(path.join(folder, name), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    try {
      const stats = fs.fstatSync(file);
      return stats.isFile() && stats.uid === me && (stats.mode & 0o022) === 0
        ? fs.readFileSync(file)
        : undefined;
    } finally {
      fs.closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** @param {string} folder @param {string} bundle */
function removeOld(folder, bundle) {
  const caches = fs
    .readdirSync(folder)
    .filter((name) => name.startsWith(`${bundle}.`))
    .map((name) => ({ path: path.join(folder, name), time: fs.lstatSync(path.join(folder, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { path: old } of caches.slice(KEPT)) fs.rmSync(old, { force: true });
}

/**
 * @param {string} bundle
 * @param {string} name of the cache
 * @param {import("node:vm").Script} script
 */
function write(bundle, name, script) {
  try {
    makeCacheFolder();
    const folder = privateFolder();
    const temporary = path.join(folder, `${bundle}.${process.pid}.new`);
    try {
      // Renamed once it is complete, because V8 trusts it, even after a system crash.
      fs.writeFileSync(temporary, script.createCachedData(), { flag: "wx", mode: 0o600, flush: true });
      fs.renameSync(temporary, path.join(folder, name));
    } finally {
      fs.rmSync(temporary, { force: true });
    }
    removeOld(folder, bundle);
  } catch {}
}

/**
 * Loads a bundle with a cache in the user's home; if none matches, one is written when this process exits.
 * @param {string} bundle
 * @param {string} digest of the bundle
 * @param {(cachedData: Buffer | undefined) => import("node:vm").Script} load
 */
function loadWithOwnCache(bundle, digest, load) {
  const name = `${bundle}.${process.version}.${digest}.cache`;
  const cachedData = read(name);
  const script = load(cachedData);
  if (cachedData === undefined || script.cachedDataRejected === true)
    process.once("exit", () => write(bundle, name, script));
  return script;
}

module.exports = { read, write, loadWithOwnCache };
