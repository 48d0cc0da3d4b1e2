import { readFileSync } from "node:fs";
import { acceptedPlatforms, formatPlatform, hostPlatform, isFor } from "../../config/syntax/platform.js";

/** Flags of /proc/cpuinfo that distinguish the levels of amd64 (x86-64 psABI), lowest first. */
const LEVELS: readonly (readonly [string, readonly string[]])[] = [
  ["v2", ["cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"]],
  ["v3", ["abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"]],
  ["v4", ["avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"]],
];

/** Returns the highest level of amd64 that a processor has; undefined for the base level. */
export function levelOf(cpuinfo: string): string | undefined {
  const flags = new Set((/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? "").trim().split(/\s+/));
  let level: string | undefined;
  for (const [name, needed] of LEVELS) {
    if (!needed.every((flag) => flags.has(flag))) break;
    level = name;
  }
  return level;
}

function detectedPlatform(cpuinfo: string): string {
  const own = hostPlatform();
  if (own.architecture !== "amd64") return formatPlatform(own);
  try {
    return formatPlatform({ ...own, variant: levelOf(readFileSync(cpuinfo, "utf8")) });
  } catch {
    return formatPlatform(own);
  }
}

/** Returns Docker's warning for an image whose platform nobody asked for; undefined if it is one of the host's. */
export function mismatchWarning(platform: string, cpuinfo = "/proc/cpuinfo"): string | undefined {
  if (acceptedPlatforms(undefined).some((accepted) => isFor(platform, accepted))) return undefined;
  const detected = detectedPlatform(cpuinfo);
  return `The requested image's platform (${platform}) does not match the detected host platform (${detected}) and no specific platform was requested`;
}
