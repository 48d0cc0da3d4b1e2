import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Home } from "../../host/home.js";
import { runningPid } from "../../host/owner.js";
import { SIGKILL } from "../../host/signals.js";
import { boxFiles } from "../../vm/box/files.js";
import { heldLocks } from "../../vm/box/lock.js";
import { poolFiles, poolFolder, vmsIn } from "../../vm/pool/files.js";
import { unanswered } from "./find.js";

/** How long its VMs may take to end after a keeper that was killed, in milliseconds, and how often to look. */
const GONE_MS = 10_000;
const LOOK_MS = 50;

/**
 * Kills the keeper of a pool, and waits for the end of its idle VMs.
 * @throws BoxError launch-failed if it cannot be killed: it has just been started, or is in another PID namespace
 */
export async function killKeeper(home: Home, name: string): Promise<void> {
  const folder = poolFolder(home, name);
  const files = poolFiles(folder);
  const pid = await runningPid(await readFile(files.keeper, "latin1").catch(() => ""));
  if (pid !== undefined) process.kill(pid, SIGKILL);
  const locks = (await vmsIn(folder)).map((id) => boxFiles(join(folder, id)).lock);
  for (let waitedMs = 0; waitedMs < GONE_MS; waitedMs += LOOK_MS) {
    const held = await heldLocks(home, [files.lock, ...locks]);
    if (held.size === 0) return;
    if (pid === undefined && held.has(files.lock)) throw unanswered(name);
    await setTimeout(LOOK_MS);
  }
}
