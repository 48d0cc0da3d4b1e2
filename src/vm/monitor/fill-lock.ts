import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BoxRecord } from "../box/record.js";
import { dataFolder, volumesFolder } from "../volume/folders.js";
import { log } from "./log.js";
import type { Home } from "../../host/home.js";

/** Stands in a volume for as long as it is being filled (native/agent/populate.c). */
const MARKER = ".box-populating";

function mayNeedFilling(data: string): boolean {
  try {
    const names = readdirSync(data);
    return names.length === 0 || names.includes(MARKER);
  } catch {
    // A folder that this user may not list has got its owner from an image, after everything else.
    return false;
  }
}

/** The lock files of the volumes that the guest may fill. An anonymous volume has no other box. */
function unfilled(home: Home, { guest, namedVolumes }: BoxRecord): string[] {
  if (!guest.volumes.some(({ populate }) => populate)) return [];
  const folders = namedVolumes
    .filter(({ anonymous }) => !anonymous)
    .map(({ name }) => join(volumesFolder(home), name));
  // In the same order for all boxes: none waits for one that waits for it.
  return [...new Set(folders.filter((folder) => mayNeedFilling(dataFolder(folder))))]
    .sort()
    .map((folder) => join(folder, "fill.lock"));
}

export interface FillLock {
  /** Calls back when no other box is filling the volumes: at once, when there is nothing to fill. */
  take: (onTaken: () => void, onFailure: (message: string) => void) => void;
  release: () => void;
}

/** Keeps boxes that are started at the same time with the same new volumes from filling them together. */
export function createFillLock(home: Home, record: BoxRecord): FillLock {
  let holder: ChildProcess | undefined;
  let released = false;

  function wait(files: string[], onTaken: () => void, onFailure: (message: string) => void): void {
    const helper = fileURLToPath(new URL("native/box-vmm", import.meta.url));
    const child = spawn(helper, ["hold", ...files], { stdio: ["ignore", "pipe", "inherit"] });
    holder = child;
    let held = false;
    child.stdout.once("data", () => {
      held = true;
      if (!released) onTaken();
    });
    child.once("error", (error) => onFailure(`cannot lock the volumes: ${error.message}`));
    child.once("exit", () => {
      if (!held && !released) onFailure("cannot lock the volumes that are to be filled");
    });
    log("debug", `waits to fill ${files.length} volumes`);
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
