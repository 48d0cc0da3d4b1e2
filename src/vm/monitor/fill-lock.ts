import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BoxRecord } from "../box/record.js";
import { dataFolder, volumesFolder } from "../volume/folders.js";
import { log } from "./log.js";
import type { Home } from "../../host/home.js";

/** Present in a volume while it is being filled (native/agent/populate.c). */
const MARKER = ".box-populating";

function mayNeedFilling(data: string): boolean {
  try {
    const names = readdirSync(data);
    return names.length === 0 || names.includes(MARKER);
  } catch {
    // If this user cannot list the directory, it has been filled: its owner is set from the image, as the last step.
    return false;
  }
}

/** The lock files of the volumes that the guest may fill. Other boxes may have inherited anonymous ones. */
function unfilled(home: Home, { guest, namedVolumes }: BoxRecord): string[] {
  if (!guest.volumes.some(({ populate }) => populate)) return [];
  const folders = namedVolumes.map(({ name }) => join(volumesFolder(home), name));
  // Every box locks in the same order, so there is no deadlock.
  return [...new Set(folders.filter((folder) => mayNeedFilling(dataFolder(folder))))]
    .sort()
    .map((folder) => join(folder, "fill.lock"));
}

export interface FillLock {
  /** Calls back once no other box is filling the volumes; immediately if there is nothing to fill. */
  take: (onTaken: () => void, onFailure: (message: string) => void) => void;
  release: () => void;
}

/** Ensures that of several boxes started with the same new volume, only one fills it at a time. */
export function createFillLock(home: Home, record: BoxRecord): FillLock {
  let holder: ChildProcess | undefined;
  let released = false;

  function wait(files: string[], onTaken: () => void, onFailure: (message: string) => void): void {
    const helper = fileURLToPath(new URL("native/box-vmm", import.meta.url));
    const child = spawn(helper, ["hold", ...files], { stdio: ["ignore", "pipe", "inherit"] });
    holder = child;
    let locked = false;
    child.stdout.once("data", () => {
      locked = true;
      if (!released) onTaken();
    });
    child.once("error", (error) => onFailure(`cannot lock the volumes: ${error.message}`));
    child.once("exit", () => {
      if (!locked && !released) onFailure("cannot lock the volumes to be filled");
    });
    log("debug", `waiting to fill ${files.length} volumes`);
  }

  return {
    take: (onTaken, onFailure) => {
      const files = unfilled(home, record);
      if (files.length === 0) onTaken();
      else wait(files, onTaken, onFailure);
    },
    release: () => {
      released = true;
      holder?.kill("SIGKILL");
    },
  };
}
