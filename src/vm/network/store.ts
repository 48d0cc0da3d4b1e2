import { randomBytes } from "node:crypto";
import { link, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { isNetworkName, isReserved } from "../../config/syntax/network.js";
import { BoxError, errnoOf } from "../../errors.js";
import { recordEvent } from "../../events/record.js";
import { isAlive } from "../../host/alive.js";
import { makeFolder, syncFolderOf } from "../../host/files.js";
import type { Home } from "../../host/home.js";
import { lock } from "../../host/lock.js";
import { namesIn, readRecordFile } from "../../host/read.js";
import { impossibleSubnets, isHostOf, overlap, parseSubnet } from "../../net/subnet.js";
import type { Network } from "./network.js";

/** Prefix of the file of a network that is being created; the creating process's PID follows. */
const CREATING = ".creating-";
const SUFFIX = ".json";
const VERSION = 1;
/** A command takes much less time to create or remove a network, unless it is suspended. */
const STALE_MS = 30_000;

const texts = () => z.record(z.string(), z.string());

const Record = z.object({
  id: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  name: z.string(),
  createdAt: z.iso.datetime(),
  subnet: z.string(),
  gateway: z.string(),
  plainSubnet: z.boolean(),
  internal: z.boolean(),
  attachable: z.boolean(),
  labels: texts(),
  options: texts(),
});
type Record = z.infer<typeof Record>;

const networksFolder = ({ folder }: Home) => join(folder, "networks");
const recordFile = (home: Home, name: string) => join(networksFolder(home), `${name}${SUFFIX}`);

function damaged(path: string, why: string): BoxError {
  return new BoxError("store-unreadable", `${path} is damaged: ${why}`, {
    hint: "remove the network and create it again",
  });
}

/** Everything that other code relies on, since the file may have been edited. */
function faultOf({ name: recorded, subnet, gateway }: Record, name: string): string | undefined {
  const parsed = parseSubnet(subnet);
  if (recorded !== name) return "it belongs to another network";
  if (parsed === undefined || parsed.prefix < 8 || parsed.prefix > 30) return "its subnet is invalid";
  if (impossibleSubnets().some((other) => overlap(parsed, other))) return "boxes cannot use its subnet";
  return isHostOf(parsed, gateway) ? undefined : "its gateway is invalid";
}

function parseRecord(path: string, name: string, bytes: Buffer): Network {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString());
  } catch {
    throw damaged(path, "it is not JSON");
  }
  const versioned = z.object({ version: z.int() }).safeParse(json);
  if (!versioned.success) throw damaged(path, "it is not a network record");
  if (versioned.data.version > VERSION)
    throw new BoxError("newer-version", `${path} was written by a newer version of box`, {
      hint: "update box",
    });
  const { data, error } = Record.safeParse(json);
  if (data === undefined) {
    const [field = ""] = (error.issues[0]?.path ?? []).map(String);
    throw damaged(path, field === "" ? "it is not a network record" : `its ${field} is missing or invalid`);
  }
  const fault = faultOf(data, name);
  if (fault !== undefined) throw damaged(path, fault);
  return { ...data, kind: "created", driver: "bridge" };
}

/** Returns the network that was created with this name, or undefined. @throws BoxError store-unreadable, newer-version */
export async function readNetwork(home: Home, name: string): Promise<Network | undefined> {
  if (!isNetworkName(name) || isReserved(name)) return undefined;
  const path = recordFile(home, name);
  const bytes = await readRecordFile(path, (why) => damaged(path, why));
  return bytes && parseRecord(path, name, bytes);
}

/** Networks that have been created, sorted by name, and the errors for those that cannot be read. */
export interface NetworkSurvey {
  networks: Network[];
  unreadable: { name: string; error: Error }[];
}

/** @throws BoxError store-unreadable if the networks cannot be listed at all */
export async function surveyNetworks(home: Home): Promise<NetworkSurvey> {
  const files = await namesIn(networksFolder(home));
  const names = files
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .filter((name) => isNetworkName(name) && !isReserved(name))
    .sort();
  const found: NetworkSurvey = { networks: [], unreadable: [] };
  const read = names.map(async (name) => {
    try {
      return { name, network: await readNetwork(home, name) };
    } catch (error) {
      if (!(error instanceof BoxError)) throw error;
      return { name, error };
    }
  });
  for (const { name, ...result } of await Promise.all(read)) {
    if ("error" in result) found.unreadable.push({ name, error: result.error });
    // Removed in between.
    else if (result.network) found.networks.push(result.network);
  }
  return found;
}

/** Removes files left behind by commands that were killed while they created a network. */
async function sweep(home: Home): Promise<void> {
  const left = (await namesIn(networksFolder(home))).filter((file) => {
    const maker = Number(new RegExp(`^${CREATING}(\\d+)-`).exec(file)?.[1] ?? NaN);
    return maker > 0 && !isAlive(maker);
  });
  await Promise.all(left.map((file) => rm(join(networksFolder(home), file), { force: true })));
}

/** Locks the networks against being created or removed by other commands, and removes what killed ones have left behind. */
export async function withNetworks<T>(home: Home, change: () => Promise<T>): Promise<T> {
  const { release } = await lock(join(home.folder, "locks", "networks"), STALE_MS);
  try {
    await sweep(home);
    return await change();
  } finally {
    await release();
  }
}

/** An event of a network, with Docker's attributes. */
export function recordNetworkEvent(
  home: Home,
  action: string,
  { id, name, driver }: Pick<Network, "id" | "name" | "driver">,
  more: { [attribute: string]: string } = {},
): void {
  recordEvent(home, "network", action, id, { ...more, name, type: driver });
}

export function nameTaken(name: string): BoxError {
  return new BoxError("network-exists", `network with name ${name} already exists`);
}

/**
 * Records a network, completely or not at all. To be called under the lock, which a command that is suspended for long
 * may lose; of two networks with the same name, one is recorded all the same.
 * @throws BoxError network-exists
 */
export async function addNetwork(
  home: Home,
  network: Omit<Network, "id" | "kind" | "driver">,
): Promise<Network> {
  const id = randomBytes(32).toString("hex");
  const path = recordFile(home, network.name);
  const temporary = join(networksFolder(home), `${CREATING}${process.pid}-${id}`);
  const write = () =>
    writeFile(temporary, JSON.stringify({ version: VERSION, id, ...network }), { mode: 0o600, flush: true });
  try {
    await write().catch(async (error: unknown) => {
      if (errnoOf(error) !== "ENOENT") throw error;
      await makeFolder(networksFolder(home)).catch((failure: unknown) => {
        if (errnoOf(failure) !== "EEXIST") throw failure;
      });
      await write();
    });
    // Unlike rename(2), link(2) never replaces a file.
    await link(temporary, path);
  } catch (error) {
    throw errnoOf(error) === "EEXIST" ? nameTaken(network.name) : error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolderOf(path);
  const added: Network = { ...network, id, kind: "created", driver: "bridge" };
  recordNetworkEvent(home, "create", added);
  return added;
}

/** Removes the record of a network, even of one that cannot be read. To be called under the lock. */
export async function dropNetwork(home: Home, name: string): Promise<void> {
  await rm(recordFile(home, name), { recursive: true, force: true });
  await syncFolderOf(recordFile(home, name));
}
