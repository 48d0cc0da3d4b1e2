import { constants } from "node:fs";
import { copyFile, mkdtemp, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { basename, dirname, join } from "node:path";
import * as z from "zod/mini";
import { readSettings } from "../../../config/settings.js";
import { BoxError, messageOf } from "../../../errors.js";
import { checkCanMakeIn } from "../../../host/files.js";
import { findExposure } from "../../../host/home-privacy.js";
import type { Home } from "../../../host/home.js";
import { isUsable } from "../../../host/read.js";
import { checkRuntimeFolder, runtimeFolder } from "../../../host/runtime-folder.js";
import { listImages } from "../../../oci/list.js";
import { describeUnreadable, surveyBoxes } from "../../../vm/box/find.js";
import type { RuntimeFiles } from "../../../vm/runtime-files.js";
import { digestOf, verifyRuntimeFiles } from "../../../vm/verify-files.js";
import type { Context } from "../../context.js";
import { byCommand, byHand, ok, problem, warning, type Check, type Cure } from "./check.js";

/** Returns the nearest existing directory at or above a path. */
async function nearest(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    if (at === dirname(at) || (await isUsable(at))) return at;
  }
}

const Pinned = z.object({ parts: z.array(z.object({ file: z.string(), sha256: z.string() })) });

/** How to repair box: a clone is set up again, a package is reinstalled. */
export async function repairOf(dist: string): Promise<Cure> {
  const folder = dirname(dist);
  return (await isUsable(join(folder, "scripts", "setup")))
    ? byCommand({}, [join(folder, "scripts", "setup")])
    : { advice: "reinstall box's package" };
}

/** Compares the files that set-up has fetched into a clone with those that the clone pins. */
async function findDamaged(dist: string, folder: string): Promise<string | undefined> {
  const pins = join(dirname(dist), "runtime-files.json");
  const text = await readFile(pins, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    for (const { file, sha256 } of Pinned.parse(JSON.parse(text)).parts) {
      const path = join(folder, file);
      if ((await isUsable(path)) && (await digestOf(path)) !== sha256)
        return `${path} is damaged: its SHA-256 is not the expected one`;
    }
    return undefined;
  } catch {
    return `${pins} is damaged`;
  }
}

/** Checks whether the runtime files that come with box are unchanged. */
export async function checkRuntimeFiles(dist: string, found: RuntimeFiles | BoxError): Promise<Check> {
  const cure = await repairOf(dist);
  if (found instanceof BoxError) return problem("runtime-files", found.message, cure);
  const reason = await verifyRuntimeFiles(undefined, found).then(
    () => findDamaged(dist, dirname(found.kernel)),
    messageOf,
  );
  return reason === undefined
    ? ok("runtime-files", `${found.libkrun}, ${found.kernel}`)
    : problem("runtime-files", reason, cure);
}

/** With less free space than this, a pull or a box's first write fails. */
const LEAST_FREE = 256 * 2 ** 20;
const LITTLE_FREE = 2 * 2 ** 30;
const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Tests whether copies of files in this directory share their blocks. */
async function hasReflinks(folder: string): Promise<boolean> {
  // In a directory of its own, which others cannot prepare links in.
  const probe = await mkdtemp(join(folder, ".reflink-")).catch(() => undefined);
  if (probe === undefined) return false;
  try {
    const source = join(probe, "source");
    await writeFile(source, "reflink");
    await copyFile(source, join(probe, "copy"), constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

const OTHER_HOME = { advice: "set BOX_HOME to a directory that you own" };

/** Checks box's home: its permissions and free space. */
export async function checkHome(home: Home): Promise<Check[]> {
  const { folder } = home;
  const existing = await nearest(folder);
  try {
    await checkCanMakeIn(folder);
  } catch (error) {
    return [problem("home", messageOf(error), OTHER_HOME)];
  }
  const { bavail, bsize } = await statfs(existing);
  const free = bavail * bsize;
  const shared = existing === folder && (await hasReflinks(folder));
  const found = `${folder}, ${gib(free)} free${shared ? ", copies share their blocks" : ""}`;
  const report = free < LEAST_FREE ? problem : warning;
  const checks = [
    free < LITTLE_FREE
      ? report("home", `${folder}: only ${gib(free)} free`, byHand({}, "box", "system", "prune"))
      : ok("home", found),
  ];
  const exposure = await findExposure(home);
  if (exposure !== undefined)
    checks.push(
      warning("privacy", exposure.reason, exposure.cure ? byCommand({}, exposure.cure) : OTHER_HOME),
    );
  return checks;
}

/** Checks the directory for sockets. One below the home is reported with the home if it cannot be created. */
export async function checkRuntimePlace(home: Home): Promise<Check[]> {
  const folder = runtimeFolder(home);
  const isBelowHome = folder.startsWith(`${home.folder}/`);
  if (
    isBelowHome &&
    !(await checkCanMakeIn(home.folder).then(
      () => true,
      () => false,
    ))
  )
    return [];
  try {
    await checkRuntimeFolder(home);
    return [ok("runtime-folder", folder)];
  } catch (error) {
    return [
      problem("runtime-folder", messageOf(error), {
        advice: `${isBelowHome ? "remove it" : "unset BOX_RUNTIME"}, or set BOX_RUNTIME to a directory that you own`,
      }),
    ];
  }
}

/** Checks whether all boxes are readable: not damaged, not another user's, not created by a newer version of box. */
export async function checkBoxes(home: Home): Promise<Check[]> {
  try {
    const { boxes, unreadable } = await surveyBoxes(home);
    const bad = unreadable.map((box) =>
      warning(
        "boxes",
        describeUnreadable(box),
        byHand({}, "box", "rm", "-f", box.name ?? basename(box.folder)),
      ),
    );
    return [...(bad.length === 0 ? [ok("boxes", `${boxes.length}, all readable`)] : []), ...bad];
  } catch (error) {
    return [warning("boxes", messageOf(error), OTHER_HOME)];
  }
}

/** Checks the user's settings, without which no image can be used. */
export async function checkSettings(home: Home): Promise<Check[]> {
  try {
    await readSettings(home);
    return [];
  } catch (error) {
    return [
      problem("settings", messageOf(error), { advice: "correct it, or set BOX_SETTINGS to another file" }),
    ];
  }
}

export async function checkStore(context: Context): Promise<Check[]> {
  try {
    const { store } = await context.images();
    const images = await listImages(store);
    return [ok("images", `${images.length}, all readable`)];
  } catch (error) {
    if (error instanceof BoxError && error.code === "invalid-settings") return [];
    return [warning("images", messageOf(error), byHand({}, "box", "system", "check"))];
  }
}

const PROXY_LIMIT_MS = 3000;

function answers(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PROXY_LIMIT_MS });
    const end = (reason?: string) => {
      socket.destroy();
      resolve(reason);
    };
    socket.once("connect", () => end());
    socket.once("timeout", () => end(`no response within ${PROXY_LIMIT_MS / 1000} s`));
    socket.once("error", (error) => end(error.message));
  });
}

/** Checks the proxies in the environment, through which registries are reached. */
export async function checkProxies({ env }: Home): Promise<Check[]> {
  const names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].filter((name) => env[name]);
  return Promise.all(
    names.map(async (name) => {
      const value = env[name] ?? "";
      const advice = { advice: `correct or unset ${name}` };
      if (!URL.canParse(value)) return warning("proxy", `${name} is not a URL`, advice);
      const { protocol, hostname, port } = new URL(value);
      const reason = await answers(
        hostname.replace(/^\[|\]$/g, ""),
        Number(port) || (protocol === "https:" ? 443 : 80),
      );
      return reason === undefined
        ? ok("proxy", `${name} is reachable`)
        : warning("proxy", `${name}: ${hostname}: ${reason}`, advice);
    }),
  );
}
