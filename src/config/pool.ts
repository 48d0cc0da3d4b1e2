import * as z from "zod/mini";
import { field, flag } from "./field.js";
import { DEFAULT_POOL } from "./syntax/pool-name.js";
import { boolean, share, wholeOr } from "./types.js";

/** Defaults that messages name. */
export const POOL_NUMBERS = { maxSize: 5, scaling: { scaleUpThreshold: 0.3, scaleDownThreshold: 0.05 } };

/** A flag of `box pool start`. */
function poolFlag(...[flags, help, options = {}]: [string, string, Parameters<typeof flag>[3]?]) {
  return flag("Pool", flags, help, { ...options, only: "pool start" });
}

const Scaling = z.strictObject({
  enabled: field(
    boolean(),
    "Adapt the number of idle VMs to the share of misses.",
    poolFlag("--scaling", "adapt the number of idle VMs to the share of misses"),
  ),
  scaleUpThreshold: field(
    share(POOL_NUMBERS.scaling.scaleUpThreshold),
    "Share of misses above which one more VM is kept idle.",
    poolFlag("--scale-up-threshold <share>", "share of misses above which one more is kept (default: 0.3)", {
      as: "share",
    }),
  ),
  scaleDownThreshold: field(
    share(POOL_NUMBERS.scaling.scaleDownThreshold),
    "Share of misses below which one VM fewer is kept idle.",
    poolFlag(
      "--scale-down-threshold <share>",
      "share of misses below which one fewer is kept (default: 0.05)",
      {
        as: "share",
      },
    ),
  ),
  maxMinIdle: field(
    wholeOr(0, 0, 1000),
    "Largest number of idle VMs that scaling asks for; 0: maxSize.",
    poolFlag("--max-min-idle <number>", "largest number that scaling asks for (default: --max-size)", {
      as: "whole",
    }),
  ),
  cooldownSecs: field(
    wholeOr(60, 0, 86_400),
    "Seconds between changes.",
    poolFlag("--scale-cooldown <time>", "time between changes by scaling (default: 60s)", { as: "timeout" }),
  ),
  windowSecs: field(
    wholeOr(120, 1, 86_400),
    "Seconds over which misses are counted; at least three requests decide.",
    poolFlag("--scale-window <time>", "time over which misses are counted (default: 120s)", {
      as: "timeout",
    }),
  ),
});

/** Pre-booted VMs: which pool a box uses, and the numbers of a pool. */
export const Pool = z.strictObject({
  enabled: field(boolean(), "Take the VM from a pool, if it has one that fits and is idle."),
  name: field(z._default(z.string(), DEFAULT_POOL), "Name of the pool."),
  minIdle: field(
    wholeOr(1, 0, 1000),
    "How many VMs are kept idle; 0 only makes sense with scaling.",
    poolFlag(
      "--min-idle <number>",
      "how many VMs to keep idle; with 0, only --scaling boots any (default: 1)",
      { as: "whole" },
    ),
  ),
  maxSize: field(
    wholeOr(POOL_NUMBERS.maxSize, 1, 1000),
    "Largest number of idle VMs, including those that are booting.",
    poolFlag("--max-size <number>", "largest number of idle VMs (default: 5)", { as: "whole" }),
  ),
  idleTtlSecs: field(
    wholeOr(300, 0, 86_400),
    "Seconds after a box last took a VM after which idle VMs beyond minIdle are ended.",
    poolFlag(
      "--idle-ttl <time>",
      "how long after the last hit to end idle VMs beyond --min-idle (default: 300s)",
      {
        as: "timeout",
      },
    ),
  ),
  scaling: z.prefault(Scaling, {}),
});
