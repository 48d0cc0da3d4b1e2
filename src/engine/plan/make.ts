import { delimiter, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isHostPlatform } from "../../config/syntax/platform.js";
import { isFileReference } from "../../config/syntax/file-reference.js";
import { isImageId, parseReference } from "../../config/syntax/reference.js";
import { readSettings } from "../../config/settings.js";
import { settingsFile, type Home } from "../../host/home.js";
import { runtimeFolder } from "../../host/runtime-folder.js";
import { HOST_FILES } from "../../net/dns.js";
import { REMOVAL } from "../../oci/store/lease.js";
import { hex, imageFiles, imageFolder, leasesFolder, lockFile, tagFile } from "../../oci/store/paths.js";
import { readRecord } from "../../oci/store/record.js";
import { storeOf, type Store } from "../../oci/store/store.js";
import { readTag } from "../../oci/store/tags.js";
import type { BoxRecord } from "../../vm/box/record.js";
import type { NextStart } from "../../vm/launch.js";
import type { PoolRequest } from "../../vm/pool/messages.js";
import type { Shape } from "../../vm/pool/shape.js";
import { QUALITIES, THINGS } from "../../vm/box/random-name.js";
import { BINARY } from "../../vm/drivers/qemu/machine.js";
import { attemptLog, templateFiles } from "../../vm/template/files.js";
import { MOST_AGE_MS } from "../../vm/template/store.js";
import { installedIn, LIBSLIRP, placesOf } from "../../vm/runtime-files.js";
import { layerKindOf, layerTemplatePath } from "../../vm/writable-layer.js";
import type { CheckedRequest } from "../boxes/check.js";
import type { AskedPlan } from "./asked.js";
import { encodePlan } from "./format.js";
import { markHoles, markStart } from "./holes.js";
import { writePlan } from "./store.js";
import {
  contentOf,
  deviceAt,
  emptyAt,
  fileAt,
  ipv6Is,
  ownerOf,
  searchOf,
  sizeOf,
  recentIs,
  type Observation,
} from "./witnesses.js";

/** A box that has been launched, and how the next one is. */
export interface Launched {
  request: CheckedRequest;
  record: BoxRecord;
  next: readonly NextStart[];
  /** With a VM of a pool: the VM's shape. */
  shape?: Shape;
}

/** Timestamps of files are some milliseconds behind. */
const MARGIN_MS = 100;
const MEBIBYTE = 2 ** 20;

/** The parts of a launch request that are the same for the next box. */
const LASTING: ReadonlySet<string> = new Set(["folder", "booted", "thaw", "making"]);

/** Whether the command line and its box are as the client has understood them, and nothing is allocated on the host. */
function isPlain({ request, record, next }: Launched, asked: AskedPlan): boolean {
  const { spec, config, pull = "missing", platform, verify } = request;
  return (
    next.length > 0 &&
    next.every((start) => Object.keys(start.request).every((name) => LASTING.has(name))) &&
    config.cmd.length === asked.words &&
    request.name === asked.name &&
    pull === "missing" &&
    platform === undefined &&
    verify === undefined &&
    config.cache.enabled &&
    config.sidecar === null &&
    !isFileReference(config.image) &&
    !isImageId(config.image) &&
    isHostPlatform(record.image.platform ?? "") &&
    spec.mounts.every(({ kind }) => kind === "tmpfs") &&
    record.seccomp !== "own" &&
    [...record.guest.volumes, ...record.wantedPorts, ...record.namedVolumes].length === 0 &&
    [...spec.networks, ...spec.record.addHost, ...spec.record.devices].length === 0
  );
}

/** The image, as its reference leads to it. Undefined if that has changed. */
async function imageWitnesses(store: Store, { config, image }: BoxRecord) {
  const reference = parseReference(config.image);
  const tag = await readTag(store, reference);
  const record = await readRecord(store, image.digest);
  if (tag?.image !== image.digest || record?.root !== store.root || record.id !== image.id) return undefined;
  if (!isDeepStrictEqual(record.config, image.config)) return undefined;
  const used = imageFiles(imageFolder(store, image.digest)).record;
  // Every start changes its times.
  const usedNow = { ...(await contentOf(used)), changedMs: 0 };
  return {
    used,
    leases: [...new Set([tag.target, tag.image])].map((digest) => join(leasesFolder(store), hex(digest))),
    witnesses: [
      await contentOf(tagFile(store, reference)),
      usedNow,
      ...record.files.map(({ path, bytes }) => sizeOf(join(record.root, path), bytes)),
    ],
  };
}

/** Whether a word is among those of the helper, however the VM starts. */
const hasWord = ({ next }: Launched, word: string) => next.some(({ words }) => words.includes(word));

/** The programs and files of box and the host that the box is started with. */
async function programWitnesses(home: Home, launched: Launched): Promise<Observation[]> {
  const { request, record } = launched;
  const { libkrun, kernel, bootDisk, vmmHelper, monitor, networkProcess, libslirp, searchPath } =
    request.runtimeFiles;
  const places = placesOf(home);
  const dist = installedIn();
  const own = [process.execPath, join(dist, "box.js"), join(dist, "program.js"), monitor, vmmHelper];
  const lists = [...new Set([libkrun, kernel, bootDisk].map(dirname))].map((folder) =>
    join(folder, "sha256.json"),
  );
  const qemus = searchPath.split(delimiter).map((folder) => join(folder, BINARY));
  const qemu = await Promise.all(qemus.map(fileAt));
  return [
    ...(await Promise.all([...own, ...lists].map(fileAt))),
    ...(await searchOf(places.libkrun, libkrun)),
    ...(await searchOf(places.kernel, kernel)),
    ...(await searchOf(places.bootDisk, bootDisk)),
    ...(hasWord(launched, networkProcess)
      ? [await fileAt(networkProcess), ...(await searchOf(LIBSLIRP, libslirp))]
      : []),
    ...(record.driver === "qemu" ? qemu : []),
    await deviceAt("/dev/kvm"),
  ];
}

/** A VM continues its template if that may still be used, and boots otherwise, unless the last attempt to make one failed. */
async function templateWitnesses({ request: { thaw }, template }: NextStart): Promise<Observation[]> {
  if (template === undefined) return [];
  const { record, state, layer } = templateFiles(template);
  const present = recentIs(thaw !== undefined, record, MOST_AGE_MS);
  if (!thaw) return [present, emptyAt(attemptLog(template))];
  return [present, ...(await Promise.all([record, state, ...(thaw.layer ? [layer] : [])].map(fileAt)))];
}

/** The host: this boot of it, its resolvers and its IPv6, the user's settings, and where sockets are. */
async function hostWitnesses(home: Home, launched: Launched): Promise<Observation[] | undefined> {
  const { network } = launched.record.guest;
  const hasIpv6 = network?.ipv6 !== undefined;
  if (network !== null && hasWord(launched, "--bridge") && hasWord(launched, "--ipv6") !== hasIpv6)
    return undefined;
  const { XDG_RUNTIME_DIR } = home.env;
  const boot = await contentOf("/proc/sys/kernel/random/boot_id");
  return [
    { ...boot, changedMs: 0 },
    ...(await Promise.all([settingsFile(home), ...HOST_FILES].map(contentOf))),
    ...(network === null ? [] : [ipv6Is(hasIpv6)]),
    await ownerOf(home.folder),
    ...(XDG_RUNTIME_DIR ? [await ownerOf(XDG_RUNTIME_DIR)] : []),
  ];
}

/** The client leaves it to Node to ask again, so that a miss counts once. */
function askFor(shape: Shape): string {
  const ask: PoolRequest = { op: "take", shape, tentative: true };
  return JSON.stringify(ask);
}

/**
 * Writes a plan by which the native client can run the same command line again, if there can be one: nothing that it
 * depends on may have changed since this process began to look.
 * @throws the system error
 */
export async function makePlan(home: Home, launched: Launched, asked: AskedPlan): Promise<void> {
  const { request, record, next } = launched;
  if (!isPlain(launched, asked) || (await readSettings(home)).policy !== undefined) return;
  const store = storeOf(home, record.config.cache.cacheDir);
  const marked = markHoles(record, next);
  const image = await imageWitnesses(store, record);
  const host = await hostWitnesses(home, launched);
  if (!marked || !image || !host) return;
  const witnesses = [...image.witnesses, ...host, ...(await programWitnesses(home, launched))];
  const templates = await Promise.all(next.map(templateWitnesses));
  const { persistent, resources } = request.config;
  const emptyLayer = layerTemplatePath(home, resources.diskMb, layerKindOf(persistent));
  const began = performance.timeOrigin - MARGIN_MS;
  if ([...witnesses, ...templates.flat()].some(({ changedMs }) => changedMs > began)) return;
  const plan = {
    ...marked,
    key: asked.key,
    home: home.folder,
    runtime: runtimeFolder(home),
    qualities: QUALITIES.join(" "),
    things: THINGS.join(" "),
    used: [image.used],
    removal: lockFile(store, REMOVAL),
    leases: image.leases,
    witnesses,
    starts: next.map((start, index) => ({
      ...markStart(start, record.id),
      layer: start.layer ?? emptyLayer,
      witnesses: [
        ...(templates[index] ?? []),
        ...(launched.shape || start.layer ? [] : [sizeOf(emptyLayer, resources.diskMb * MEBIBYTE)]),
      ],
    })),
    ...(launched.shape ? { pool: request.spec.pool.name, ask: askFor(launched.shape) } : {}),
  };
  const bytes = encodePlan(plan);
  if (bytes) await writePlan(home, asked.digest, bytes);
}
