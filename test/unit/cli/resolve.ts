import { Command } from "commander";
import type { BoxConfig } from "../../../src/config/box-config.js";
import type { BoxOptions } from "../../../src/config/box-options.js";
import { checkFeatures } from "../../../src/engine/boxes/available.js";
import type { BoxFlags } from "../../../src/cli/flags/given.js";
import { addBoxFlags, addDetachFlag, resolveBox } from "../../../src/cli/flags/box-flags.js";
import { prepareWords } from "../../../src/cli/words/prepare.js";

/** Resolves the arguments of `box run`, without starting a process. */
export async function resolveWords(words: string[]): Promise<{ config: BoxConfig; options: BoxOptions }> {
  const command = addBoxFlags(addDetachFlag(new Command("run")))
    .argument("[image]")
    .argument("[command...]")
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  command.parse(await prepareWords(command, words, {}), { from: "user" });
  const [image, ...rest] = command.args;
  const { config, options } = await resolveBox(image, rest, command.opts<BoxFlags>());
  return { config, options };
}

/** As `resolveWords`, but refuses features that are not available yet. */
export async function resolveAvailable(words: string[]): Promise<void> {
  const { config } = await resolveWords(words);
  checkFeatures(config);
}
