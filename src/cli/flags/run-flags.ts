import { isAbsolute } from "node:path";
import { isIP } from "node:net";
import type { Command } from "commander";
import type * as z from "zod/mini";
import type { BoxConfig } from "../../config/box-config.js";
import type { BoxOptions } from "../../config/box-options.js";
import { BoxError } from "../../config/errors.js";
import { parseEnv } from "../../config/syntax/env.js";
import { parsePort } from "../../config/syntax/port.js";
import { parseSize } from "../../config/syntax/size.js";
import { parseTmpfs } from "../../config/syntax/tmpfs.js";
import { parseVolume } from "../../config/syntax/volume.js";
import { collect, parseChoice, parseWhole } from "./parse.js";

/** Flags of `box run`, as commander hands them over. */
export interface RunFlags {
  name?: string;
  detach?: boolean;
  rm?: boolean;
  interactive?: boolean;
  env?: string[];
  workdir?: string;
  user?: string;
  entrypoint?: string;
  cpus?: number;
  memory?: number;
  publish?: string[];
  volume?: string[];
  tmpfs?: string[];
  dns?: string[];
  network?: "tsi" | "none";
  vmm?: "krun" | "qemu";
  pull?: "always" | "missing" | "never";
  quiet?: boolean;
  logLevel?: BoxConfig["logLevel"];
}

const MEBIBYTE = 2 ** 20;

/** Refuses a bad value while flags are read, keeps the notation. */
function checked(
  check: (text: string) => unknown,
): (text: string, previous: string[] | undefined) => string[] {
  return (text, previous) => {
    check(text);
    return collect(text, previous);
  };
}

function parseMemory(text: string): number {
  const megabytes = Math.floor(parseSize(text, "-m") / MEBIBYTE);
  if (megabytes >= 64) return megabytes;
  throw new BoxError("invalid-memory", `-m: "${text}" is too little: a box needs at least 64m`);
}

function parseWorkdir(text: string): string {
  if (isAbsolute(text) && !text.includes("\0")) return text;
  throw new BoxError("invalid-workdir", `-w: "${text}" is not an absolute path`);
}

function checkDns(text: string): void {
  if (isIP(text) === 0) throw new BoxError("invalid-dns", `--dns: "${text}" is not an IP address`);
  if (!/^(127\.|::1$)/.test(text)) return;
  throw new BoxError(
    "invalid-dns",
    `--dns: ${text} is a loopback address: the box cannot reach a resolver there`,
    {
      hint: "name the server that the host's own resolver asks",
    },
  );
}

export function addRunFlags(command: Command): Command {
  return command
    .option("--name <name>", "name of the box")
    .option("-d, --detach", "run in the background and print the box's id")
    .option("--rm", "remove the box when it ends")
    .option("-i, --interactive", "carry standard input to the box")
    .option("-e, --env <NAME=VALUE>", "set a variable; NAME alone passes on your value", collect)
    .option("-w, --workdir <path>", "working folder in the box", parseWorkdir)
    .option("-u, --user <user[:group]>", "user to run as, names or numbers")
    .option("--entrypoint <command>", "replace the image's entrypoint; empty clears it")
    .option("--cpus <number>", "virtual CPUs (2)", parseWhole("--cpus", 1, 255))
    .option("-m, --memory <size>", "memory of the VM (1g)", parseMemory)
    .option("-p, --publish <[ip:]host:box>", "publish a port of the box", checked(parsePort))
    .option(
      "-v, --volume <host:box[:ro]>",
      "share a folder or file of this host",
      checked((text) => parseVolume(text, process.cwd())),
    )
    .option("--tmpfs <path[:options]>", "mount a tmpfs", checked(parseTmpfs))
    .option("--dns <address>", "DNS server of the box", checked(checkDns))
    .option("--network <mode>", "tsi or none (tsi)", parseChoice("--network", ["tsi", "none"]))
    .option(
      "--vmm <driver>",
      "krun or qemu (the first that can run here)",
      parseChoice("--vmm", ["krun", "qemu"]),
    )
    .option(
      "--pull <policy>",
      "always, missing or never (missing)",
      parseChoice("--pull", ["always", "missing", "never"]),
    )
    .option("-q, --quiet", "do not show the progress of a pull")
    .option(
      "--log-level <level>",
      "debug, info, warn or error (info)",
      parseChoice("--log-level", ["debug", "info", "warn", "error"]),
    );
}

/** The configuration that the flags describe; the schema fills in the rest. */
export function toBoxConfig(image: string, words: string[], flags: RunFlags): z.input<typeof BoxConfig> {
  return {
    image,
    cmd: words,
    resources: {
      // Who did not ask for a limit gets none.
      timeout: 0,
      ...(flags.cpus === undefined ? {} : { vcpus: flags.cpus }),
      ...(flags.memory === undefined ? {} : { memoryMb: flags.memory }),
    },
    entrypointOverride:
      flags.entrypoint === undefined ? null : flags.entrypoint === "" ? [] : [flags.entrypoint],
    extraEnv: (flags.env ?? []).flatMap((text) => {
      const pair = parseEnv(text, process.env);
      return pair ? [pair] : [];
    }),
    volumes: flags.volume,
    portMap: flags.publish,
    tmpfs: flags.tmpfs,
    dns: flags.dns,
    network: flags.network,
    logLevel: flags.logLevel,
  };
}

/** What the flags say besides the configuration. */
export function toBoxOptions(flags: RunFlags): z.input<typeof BoxOptions> {
  return {
    autoRemove: flags.rm,
    stdin: flags.interactive,
    user: flags.user,
    workdir: flags.workdir,
  };
}
