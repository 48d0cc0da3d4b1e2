import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Home } from "../../host/home.js";

/** Prefix of the helper's list of missing layers (native/vmm/layers.c). */
const MISSING = "the virtual machine runs without a part of its jail: ";

const contentOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** Identifies the set of missing layers and the host's current boot; a known state is not reported again. */
function stateOf(list: string): string {
  const names = list.match(/[\w-]+(?= \()/g) ?? [];
  return `${contentOf("/proc/sys/kernel/random/boot_id").trim()} ${names.join(",")}\n`;
}

/**
 * Passes the helper's warnings on. Missing layers of the jail are reported briefly, once per boot and home: each box's
 * log and `system.diagnose` have the list.
 */
export function warnOfJail(home: Home, warn: (line: string) => void): (line: string) => void {
  const told = join(home.folder, "told-jail");
  return (line) => {
    if (!line.startsWith(MISSING)) {
      warn(line);
      return;
    }
    const state = stateOf(line.slice(MISSING.length));
    if (contentOf(told) === state) return;
    try {
      writeFileSync(told, state, { mode: 0o600 });
    } catch {
      // On a full disk, it is reported again.
    }
    warn("some layers of the VM jail are unavailable on this host; `system.diagnose` lists them");
  };
}
