import { join } from "node:path";
import type { Home } from "../../host/home.js";

/** The files of one box (docs/on-disk.md). */
export interface BoxFiles {
  record: string;
  state: string;
  /** Room for the state at the box's end, while it runs. */
  stateReserve: string;
  /** Held by the monitor for as long as the box runs. */
  lock: string;
  /** The writable layer of the box's life, or of its last one: a sparse ext4 file. */
  writableLayer: string;
  /** What has been copied into a box that has not run yet: its writable layers begin as copies of this one. */
  seed: string;
  /** The disk of an image that was still being pulled when the VM was started (oci/pull/pending-disk.ts). */
  pending: string;
  /** A seccomp filter of the box's own. */
  seccomp: string;
  /** Output of the workload. */
  log: string;
  /** Tail of the guest's console. */
  console: string;
  /** Tail of the VMM's own messages. */
  vmmLog: string;
  /** The monitor's own log. */
  monitorLog: string;
  /** Names the control group of the box's VMM, if it has one. */
  cgroup: string;
}

export function boxesFolder(home: Home): string {
  return join(home.folder, "boxes");
}

export function namesFolder(home: Home): string {
  return join(home.folder, "names");
}

export function boxFolder(home: Home, id: string): string {
  return join(boxesFolder(home), id);
}

export function boxFiles(folder: string): BoxFiles {
  return {
    record: join(folder, "box.json"),
    state: join(folder, "state.json"),
    stateReserve: join(folder, "state.reserve"),
    lock: join(folder, "lock"),
    writableLayer: join(folder, "upper.ext4"),
    seed: join(folder, "seed.ext4"),
    pending: join(folder, "pending"),
    seccomp: join(folder, "seccomp.bpf"),
    log: join(folder, "output.log"),
    console: join(folder, "console.log"),
    vmmLog: join(folder, "vmm.log"),
    monitorLog: join(folder, "monitor.log"),
    cgroup: join(folder, "cgroup"),
  };
}

/** Name of the monitor's socket in the runtime folder (host/runtime-folder.ts). */
export function controlSocket(id: string): string {
  return `${id.slice(0, 12)}.sock`;
}

/** The same of an offline session: whoever finds the other one finds a box that runs. */
export function offlineSessionSocket(id: string): string {
  return `${id.slice(0, 12)}.visit`;
}
