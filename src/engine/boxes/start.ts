import { rm, writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { parseNetwork } from "../../config/syntax/network.js";
import { isNamed } from "../../host/read.js";
import { resolvConf } from "../../net/dns.js";
import { claimPorts } from "../../net/ports.js";
import { awaitVisit } from "../../vm/box/connect.js";
import { boxFiles } from "../../vm/box/files.js";
import type { Box } from "../../vm/box/find.js";
import { nextFiles, sweepNext } from "../../vm/box/next.js";
import { readRecord, type BoxRecord } from "../../vm/box/record.js";
import { lockRecord } from "../../vm/box/record-lock.js";
import { guestVolumes, resolveVolumes, sourcesOf } from "../../vm/box/resolve/volumes.js";
import { findRuntimeFiles } from "../../vm/runtime-files.js";
import { launchBox } from "../../vm/launch.js";
import { keepOf } from "./create.js";
import { requireImage } from "../../vm/require-image.js";
import { selectDriver } from "../../vm/drivers/select.js";
import { createUpper } from "../../vm/upper.js";
import type { Home } from "../../host/home.js";

type Warn = (line: string) => void;

/** What the box finds on its host this time: ports, volumes, resolvers, network. */
async function renew(home: Home, record: BoxRecord) {
  const { config } = record;
  const runtimeFiles = await findRuntimeFiles(home);
  const driver = await selectDriver(runtimeFiles, record.driver);
  const network = parseNetwork(config.network).mode;
  const [ports, volumes, resolvers] = await Promise.all([
    claimPorts(record.wantedPorts),
    resolveVolumes(home, config, record),
    network === "none" ? "" : resolvConf(config.dns),
  ]);
  const guest = {
    ...record.guest,
    resolvConf: resolvers,
    volumes: guestVolumes(volumes),
    network: driver.guestNetwork({ network }),
  };
  return { runtimeFiles, driver, volumes, record: { ...record, ports, guest, sources: sourcesOf(volumes) } };
}

/**
 * Starts a box that does not run. Its writable layer is a new one unless it is persistent, and begins with what was
 * copied into the box before it had ever run. What this writes takes its place only when the box's lock has been taken,
 * so of two that start it at the same time one fails and harms nothing.
 * @param warn hears of what was asked for and does not hold on this host.
 * @returns the conversation with its monitor
 * @throws BoxError; the box is as it was then.
 */
export async function startBox(home: Home, box: Box, warn: Warn): Promise<Socket> {
  const { folder } = box;
  await requireImage(box.record);
  await awaitVisit(home, box);
  // Until what is written here is in its place: a change of the record that comes meanwhile would be lost.
  const release = await lockRecord(home, box.record.id);
  const onMoved = () => void release();
  const files = boxFiles(folder);
  const next = nextFiles(folder);
  try {
    const record = (await readRecord(folder)) ?? box.record;
    const renewed = await renew(home, record);
    const fresh = !record.config.persistent || !(await isNamed(files.upper));
    await Promise.all([
      sweepNext(folder),
      writeFile(next.record, JSON.stringify(renewed.record), { mode: 0o600, flush: true }),
      fresh
        ? createUpper(home, next.upper, record.config.resources.diskMb, keepOf(record.config), files.seed)
        : undefined,
    ]);
    const moves: [string, string][] = [[next.record, files.record]];
    if (fresh) moves.push([next.upper, files.upper]);
    return await launchBox(home, { folder, ...renewed, moves, onMoved }, warn);
  } catch (error) {
    await release();
    await Promise.all(Object.values(next).map((path) => rm(path, { force: true })));
    throw error;
  }
}
