import type { Command } from "commander";
import { parsePlatform, type Platform } from "../../config/syntax/platform.js";
import { naming } from "../../errors.js";
import { named } from "./parse.js";

export interface PlatformFlag {
  platform?: Platform;
}

/** Adds `--platform`, for references that may have images for several platforms. */
export function addPlatformFlag(command: Command, without: string): Command {
  return command.option(
    "--platform <platform>",
    `platform of the image: OS/ARCH[/VARIANT] (default: ${without})`,
    named("--platform", parsePlatform),
  );
}

export interface PlatformsFlag {
  platform?: Platform[];
}

/** Adds a repeatable `--platform`, which also accepts a comma-separated list. */
export function addPlatformsFlag(command: Command, without: string): Command {
  const parse = (text: string, before: Platform[] = []) => [
    ...before,
    ...text.split(",").map((one) => naming("--platform", () => parsePlatform(one))),
  ];
  return command.option(
    "--platform <platform>",
    `platforms of the image: OS/ARCH[/VARIANT], several with commas (default: ${without})`,
    parse,
  );
}
