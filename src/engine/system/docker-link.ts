import { constants } from "node:fs";
import { mkdir, realpath, symlink } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { BoxError } from "../../errors.js";
import type { Home } from "../../host/home.js";
import { isNamed, isUsable, linkTarget, statIfExists } from "../../host/read.js";
import { installedIn } from "../../vm/runtime-files.js";
import type { Context } from "../context.js";

export interface DockerLink {
  /** Absolute path of the link. */
  path: string;
  /** Its target: the command `box` that upgrades replace, not a file of the installation. */
  target: string;
  /** Whether it was there before. */
  existed: boolean;
  /** Whether its directory is in the caller's PATH. */
  inPath: boolean;
}

export interface LinkOptions {
  /** Only find out which link would be created. */
  dryRun?: boolean;
}

type Place = Pick<DockerLink, "path" | "target">;

const searchPath = ({ env }: Home) => (env["PATH"] ?? "").split(delimiter).filter(isAbsolute);

/** Returns all programs of this name in the PATH, the one that a shell would run first. */
async function programsNamed(home: Home, name: string): Promise<string[]> {
  const paths = searchPath(home).map((folder) => join(folder, name));
  const usable = await Promise.all(
    paths.map(async (path) => {
      const stats = await statIfExists(path).catch(() => undefined);
      return stats?.isFile() === true && (await isUsable(path, constants.X_OK));
    }),
  );
  return paths.filter((_, i) => usable[i]);
}

/** Returns the path of the `docker` that a shell would run; undefined if there is none. */
export async function findDocker({ home }: Context): Promise<string | undefined> {
  return (await programsNamed(home, "docker"))[0];
}

const isSameFile = async (path: string, real: string) =>
  (await realpath(path).catch(() => undefined)) === real;

/** Where the link may go, in order of preference: beside the link `box` in the PATH, or into the user's own directory. */
async function placesOf(home: Home, program: string): Promise<Place[]> {
  const commands: string[] = [];
  for (const path of await programsNamed(home, "box"))
    if (await isSameFile(path, program)) commands.push(path);
  const own = {
    path: join(home.env["HOME"] || homedir(), ".local", "bin", "docker"),
    target: commands[0] ?? program,
  };
  for (const path of commands) {
    // The program itself is among the files of its installation, where a link would be lost on upgrades.
    if ((await linkTarget(path)) === undefined) continue;
    return [{ path: join(dirname(path), "docker"), target: "box" }, own];
  }
  return [own];
}

function taken(path: string, what: string): BoxError {
  return new BoxError("docker-exists", `${path} ${what}`, {
    hint: "remove it first; without the link, BOX_DOCKER=1 in the environment has the same effect",
  });
}

/**
 * Makes this box available as `docker`. Replaces nothing.
 * @param program absolute path of box's program
 * @throws BoxError docker-exists, and system errors
 */
export async function linkDocker(
  context: Context,
  { dryRun = false }: LinkOptions = {},
  program = join(installedIn(), "box"),
): Promise<DockerLink> {
  const { home } = context;
  const real = await realpath(program);
  const inPath = (path: string) => searchPath(home).some((folder) => join(folder, "docker") === path);
  const found = await findDocker(context);
  if (found !== undefined) {
    if (!(await isSameFile(found, real))) throw taken(found, "is another program");
    return { path: found, target: (await linkTarget(found)) ?? real, existed: true, inPath: true };
  }
  const places = await placesOf(home, real);
  const [first, own = first] = places;
  const place = first && (await isUsable(dirname(first.path), constants.W_OK)) ? first : own;
  if (place === undefined) throw new Error("there is no place for the link");
  const link = { ...place, existed: false, inPath: inPath(place.path) };
  if (await isSameFile(place.path, real)) return { ...link, existed: true };
  if (await isNamed(place.path)) throw taken(place.path, "exists and is not a link to box");
  if (dryRun) return link;
  await mkdir(dirname(place.path), { recursive: true });
  // Fails if something has taken the place in the meantime.
  await symlink(place.target, place.path);
  return link;
}
