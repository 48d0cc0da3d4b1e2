import { join } from "node:path";
import type { Home } from "../../host/home.js";

/** The files of one box (docs/on-disk.md). */
export interface BoxFiles {
  record: string;
  state: string;
  /** Disk space reserved for the final state while the box is running. */
  stateReserve: string;
  /** Held by the monitor while the box is running. */
  lock: string;
  /** The writable layer of the current or last run: a sparse ext4 file. */
  writableLayer: string;
  /** Files copied into a box that has not run yet: its writable layers start as copies of this one. */
  seed: string;
  /** Disk of an image that was still being pulled when the VM was started (oci/pull/pending-disk.ts). */
  pending: string;
  /** The box's own seccomp filter, if it has one. */
  seccomp: string;
  /** Output of the workload. */
  log: string;
  /** Output of the sidecar. */
  sidecarLog: string;
  /** VMDK descriptor of the image disk of a box with a sidecar: both images. */
  imageDisk: string;
  /** Tail of the guest's console. */
  console: string;
  /** Tail of the VMM's messages. */
  vmmLog: string;
  /** The monitor's own log. */
  monitorLog: string;
  /** Contains the path of the VMM's control group, if it has one. */
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
    sidecarLog: join(folder, "sidecar.log"),
    imageDisk: join(folder, "images.vmdk"),
    console: join(folder, "console.log"),
    vmmLog: join(folder, "vmm.log"),
    monitorLog: join(folder, "monitor.log"),
    cgroup: join(folder, "cgroup"),
  };
}

/** Name of the monitor's socket in the runtime directory (host/runtime-folder.ts). */
export function controlSocket(id: string): string {
  return `${id.slice(0, 12)}.sock`;
}

/** Name of the socket that leads to the port of the box's sidecar. */
export function sidecarSocket(id: string): string {
  return `${id.slice(0, 12)}.side`;
}

/** Name of an offline session's socket. It differs from the monitor's, which means that the box is running. */
export function offlineSessionSocket(id: string): string {
  return `${id.slice(0, 12)}.visit`;
}
