import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Home } from "../../host/home.js";

/** How the helper begins its list of missing layers (native/vmm/layers.c). */
const MISSING = "the virtual machine runs without a part of its jail: ";

const contentOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** What is missing now, on this boot of the host: once told, it is known. */
function stateOf(list: string): string {
  const names = list.match(/[\w-]+(?= \()/g) ?? [];
  return `${contentOf("/proc/sys/kernel/random/boot_id").trim()} ${names.join(",")}\n`;
}

/**
 * Passes the helper's warnings on. That layers of the jail are missing is told in short, and once for each boot and home:
 * each box's log and `system.diagnose` have the list.
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
      // On a full disk it is told again.
    }
    warn("this host allows virtual machines only a part of their jail; `system.diagnose` lists it");
  };
}
