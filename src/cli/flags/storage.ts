import { resolve } from "node:path";
import type { Command } from "commander";
import { BoxError, naming } from "../../errors.js";
import { formatMountSpec, parseMount, parseMountSpec } from "../../config/syntax/mount.js";
import { inWorkingFolder } from "../../host/working-folder.js";
import { quote } from "../../config/syntax/quote.js";
import { parseSize } from "../../config/syntax/size.js";
import { parseTmpfs } from "../../config/syntax/tmpfs.js";
import type { ConfigInput, OptionsInput } from "./merge.js";
import { checked } from "./parse.js";

export interface StorageFlags {
  volume?: string[];
  mount?: string[];
  tmpfs?: string[];
  workspace?: string;
  persistent?: boolean;
  shmSize?: number;
}

function parseWorkspace(text: string): string {
  if (text !== "" && !text.includes("\0")) return resolve(text);
  throw new BoxError("invalid-workspace", `--workspace: ${quote(text)} is not a path`);
}

function parseShmSize(text: string): number {
  const bytes = naming("--shm-size", () => parseSize(text));
  if (bytes > 0) return bytes;
  throw new BoxError("invalid-size", `--shm-size: ${quote(text)} is nothing`);
}

export function addStorageFlags(command: Command): Command {
  return command
    .optionsGroup("Storage:")
    .option(
      "-v, --volume <source:path[:options]>",
      "share a folder or file of this host, or a named volume; ro makes it read-only",
      checked("-v", (text) => inWorkingFolder((cwd) => parseMountSpec(text, cwd))),
    )
    .option(
      "--mount <type=...,source=...,target=...>",
      "the same in long form; type is bind, volume or tmpfs",
      checked("--mount", (text) => inWorkingFolder((cwd) => parseMount(text, cwd))),
    )
    .option(
      "--tmpfs <path[:options]>",
      "mount a tmpfs, such as /run:size=64m,mode=1777",
      checked("--tmpfs", parseTmpfs),
    )
    .option("--workspace <folder>", "folder of this host that is /workspace in the box", parseWorkspace)
    .option("--shm-size <size>", "size of /dev/shm (64m)", parseShmSize)
    .option("--persistent", "keep the writable layer from one start to the next");
}

export function toStorage(
  flags: StorageFlags,
): Pick<ConfigInput, "volumes" | "tmpfs" | "workspace" | "persistent"> {
  return inWorkingFolder((cwd) => toStorageFrom(flags, cwd));
}

function toStorageFrom(flags: StorageFlags, cwd: string): ReturnType<typeof toStorage> {
  const mounts = (flags.mount ?? []).map((text) => parseMount(text, cwd));
  return {
    workspace: flags.workspace,
    // With the working folder in them: a box outlives the command that made it.
    volumes: [
      ...(flags.volume ?? []).map((text) => formatMountSpec(parseMountSpec(text, cwd))),
      ...mounts.flatMap((mount) => (mount.kind === "tmpfs" ? [] : [formatMountSpec(mount)])),
    ],
    tmpfs: [
      ...(flags.tmpfs ?? []),
      ...mounts.flatMap((mount) => (mount.kind === "tmpfs" ? [mount.text] : [])),
    ],
    persistent: flags.persistent,
  };
}

export function toStorageOptions(flags: StorageFlags): OptionsInput {
  return { shmBytes: flags.shmSize };
}
