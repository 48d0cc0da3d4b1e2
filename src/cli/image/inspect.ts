import type { Command } from "commander";
import type { Platform } from "../../config/syntax/platform.js";
import type { Value } from "../../docker/go/value.js";
import { describeImage } from "../../docker/images/inspect.js";
import { engine } from "../engine.js";
import { hostReference } from "../host-path.js";
import { explain } from "../help/notes.js";
import { addPlatformFlag, type PlatformFlag } from "../flags/platform.js";
import { inspectAll } from "../output/inspected.js";

/** Inspects an image, in Docker's format. @throws BoxError no-such-image, ambiguous-image */
export async function inspectImage(word: string, platform?: Platform): Promise<Value> {
  return describeImage(await engine().images.inspect(hostReference(word), platform));
}

interface InspectFlags extends PlatformFlag {
  format?: string;
}

function inspect(words: string[], { format, platform }: InspectFlags): Promise<number> {
  return inspectAll(words, format, (word) => inspectImage(word, platform));
}

export function addInspect(command: Command, exit: (code: number) => void): Command {
  explain(command, {
    examples: [["box image inspect nginx"], ["box image inspect -f '{{json .Config.Env}}' nginx"]],
  });
  return addPlatformFlag(command, "that of this host")
    .argument("<image...>", "references or IDs of images")
    .option("-f, --format <format>", "format output as json or by a Go template, such as '{{.Config.Env}}'")
    .action(async (words: string[], flags: InspectFlags) => exit(await inspect(words, flags)));
}
