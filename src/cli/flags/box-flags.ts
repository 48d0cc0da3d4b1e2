import type { Command } from "commander";
import type { BoxConfig } from "../../config/box-config.js";
import { BoxOptions } from "../../config/box-options.js";
import { BoxError } from "../../errors.js";
import { readSettings } from "../../config/settings.js";
import { normalizeConfig } from "../../config/normalize.js";
import { validateConfig } from "../../config/validate.js";
import {
  formatFileReference,
  isFileReference,
  parseFileReference,
} from "../../config/syntax/file-reference.js";
import { parseReference } from "../../config/syntax/reference.js";
import { addMachineFlags, toMachine } from "./machine.js";
import { mergeConfig, type ConfigInput } from "./merge.js";
import { addNetworkFlags, toNetwork, toNetworkOptions } from "./network.js";
import { choiceOption } from "./parse.js";
import { addProcessFlags, toProcess, toProcessOptions } from "./process.js";
import { addRecordFlags, toRecordOptions } from "./record.js";
import { addResourceFlags, toResources } from "./resources.js";
import { addSecurityFlags, toSecurity, toSecurityOptions } from "./security.js";
import { inWorkingFolder } from "../../host/working-folder.js";
import { addStorageFlags, toStorage, toStorageOptions } from "./storage.js";
import type { BoxFlags } from "./given.js";
import { checkConflicts } from "./conflicts.js";
import { currentHome } from "../home.js";

/** Adds the flags of commands that make a box, group by group. */
export function addBoxFlags(command: Command): Command {
  for (const add of [
    addRecordFlags,
    addProcessFlags,
    addStorageFlags,
    addNetworkFlags,
    addResourceFlags,
    addSecurityFlags,
    addMachineFlags,
  ]) {
    add(command);
  }
  return command
    .optionsGroup("Configuration:")
    .option("--config <file>", "take a configuration in JSON or YAML; flags win")
    .option("--dry-run", "print the configuration that results, and start nothing")
    .addOption(choiceOption("--format <format>", "of --dry-run (json)", ["json"]));
}

async function readFile(path: string | undefined): Promise<Record<string, unknown>> {
  if (path === undefined) return {};
  const { readConfigFile } = await import("../config-file.js");
  return readConfigFile(path);
}

/** A reference is checked before anything is done; a box outlives the folder that a path is relative to. */
function checkImage(image: string): string {
  if (isFileReference(image))
    return inWorkingFolder((cwd) => formatFileReference(parseFileReference(image, cwd)));
  parseReference(image);
  return image;
}

/**
 * What a command line asks for: the configuration and the options of a box, checked, nothing contradictory in it.
 * @param image and words may be left to the file that --config names.
 * @throws BoxError
 */
export async function resolveBox(
  image: string | undefined,
  words: readonly string[],
  flags: BoxFlags,
): Promise<{ config: BoxConfig; options: BoxOptions }> {
  const file = await readFile(flags.config);
  const asked: ConfigInput = {
    image,
    cmd: words.length > 0 ? [...words] : undefined,
    ...toResources(flags),
    ...(await toProcess(flags)),
    ...toStorage(flags),
    ...toNetwork(flags),
    ...toSecurity(flags),
    ...toMachine(flags),
  };
  const { cache } = await readSettings(currentHome());
  // Who did not ask for a limit gets none.
  const below = mergeConfig({ resources: { timeout: 0 } }, { cache });
  const merged = mergeConfig(below, mergeConfig(file, asked));
  if (merged["image"] === undefined) {
    throw new BoxError("usage", "no image is named", {
      hint: "write box run IMAGE, or name one in --config",
    });
  }
  const checked = inWorkingFolder((cwd) => normalizeConfig(validateConfig(merged), cwd));
  const config = { ...checked, image: checkImage(checked.image) };
  const options = BoxOptions.parse({
    ...(await toRecordOptions(flags)),
    ...toProcessOptions(flags),
    ...toStorageOptions(flags),
    ...toNetworkOptions(flags),
    ...toSecurityOptions(flags),
  });
  checkConflicts(flags, config, options);
  return { config, options };
}
