import { readFileSync } from "node:fs";
import type { Home } from "../../host/home.js";
import { isNews } from "../../host/shown-warnings.js";

/** First field of the helper's line that lists missing layers (native/vmm/layers.c). */
const MISSING = "missing-layers";

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/**
 * Passes the helper's warnings on. Missing layers of the jail are reported briefly, once per boot and home: each box's
 * log and `system.diagnose` have the list.
 */
export function warnOfJail(home: Home, warn: (line: string) => void): (line: string) => void {
  return (line) => {
    const [field, ...layers] = line.split("\t");
    if (field !== MISSING) warn(line);
    else if (isNews(home, "jail", `${bootId()} ${layers.join(",")}\n`))
      warn("some layers of the VM jail are unavailable on this host; `system.diagnose` lists them");
  };
}
