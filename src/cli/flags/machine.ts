import type { Command } from "commander";
import { callerEnvironment } from "../../host/caller-environment.js";
import { BoxError, naming } from "../../errors.js";
import { parseEnv } from "../../config/syntax/env.js";
import { quote } from "../../config/syntax/quote.js";
import {
  formatPlatform,
  hostPlatform,
  parsePlatform,
  platformMatches,
} from "../../config/syntax/platform.js";
import type { BoxConfig } from "../../config/box-config.js";
import type { ConfigInput } from "./merge.js";
import { choiceOption, collect } from "./parse.js";

export interface MachineFlags {
  pull?: "always" | "missing" | "never";
  verify?: string;
  platform?: string;
  quiet?: boolean;
  /** False: `--no-cache`. */
  cache: boolean;
  vmm?: "krun" | "qemu";
  logLevel?: BoxConfig["logLevel"];
  debugGrpc?: boolean;
  sidecar?: string;
  sidecarEnv?: string[];
  pool?: boolean;
}

/** A VM has the architecture of its host. */
function checkPlatform(text: string): string {
  const own = hostPlatform();
  if (
    platformMatches(
      naming("--platform", () => parsePlatform(text)),
      own,
    )
  )
    return text;
  throw new BoxError(
    "invalid-platform",
    `--platform: boxes on this host are ${formatPlatform(own)}, not ${quote(text)}`,
  );
}

export function addMachineFlags(command: Command): Command {
  return command
    .optionsGroup("Image:")
    .addOption(
      choiceOption("--pull <policy>", "when to ask the registry (missing)", ["always", "missing", "never"]),
    )
    .option("--platform <platform>", "OS/ARCH; a box's is that of this host", checkPlatform)
    .option(
      "--verify <file>",
      "public key that signed the image, or policy of such keys (the settings' policy)",
    )
    .option("-q, --quiet", "do not show the progress of a pull")
    .option("--no-cache", "pull afresh into a store of the box's own, which goes with the box")
    .optionsGroup("VM:")
    .addOption(choiceOption("--vmm <driver>", "which VMM (the first that can run here)", ["krun", "qemu"]))
    .addOption(
      choiceOption("--log-level <level>", "of box's own logs (info)", ["debug", "info", "warn", "error"]),
    )
    .option("--debug-grpc", "trace every frame between host and guest in the monitor's log")
    .option("--sidecar <image>", "another image's process in the same VM (not available yet)")
    .option("--sidecar-env <NAME=VALUE>", "a variable of the sidecar", collect)
    .option("--pool", "take a VM that is booted already (not available yet)");
}

/** @throws BoxError invalid-env, flag-conflict */
export function toMachine(
  flags: MachineFlags,
): Pick<ConfigInput, "logLevel" | "debugGrpc" | "cache" | "sidecar" | "pool"> {
  const caller = callerEnvironment(process.env);
  const env = (flags.sidecarEnv ?? []).flatMap((text) => {
    const pair = naming("--sidecar-env", () => parseEnv(text, caller));
    return pair ? [pair] : [];
  });
  return {
    logLevel: flags.logLevel,
    debugGrpc: flags.debugGrpc,
    ...(flags.cache ? {} : { cache: { enabled: false } }),
    ...(flags.sidecar === undefined ? {} : { sidecar: { image: flags.sidecar, env } }),
    ...(flags.pool === undefined ? {} : { pool: { enabled: flags.pool } }),
  };
}
