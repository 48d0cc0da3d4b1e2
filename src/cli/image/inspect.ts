import type { Command } from "commander";
import { knownTime } from "../../oci/created.js";
import { readDetails } from "../../oci/details.js";
import { findStored, type FoundImage } from "../../oci/find.js";
import { sizeOf } from "../../oci/list.js";
import type { Platform } from "../../config/syntax/platform.js";
import { familiarName, familiarReference } from "../../oci/reference.js";
import { forEachName } from "../each.js";
import { addPlatformFlag, type PlatformFlag } from "../flags/platform.js";
import { printInspected } from "../output/inspected.js";
import { currentStore } from "../store.js";

/** An image in the shape of `docker image inspect`. */
async function describe(image: FoundImage): Promise<Record<string, unknown>> {
  const { record, tags, lastUsed } = image;
  const details = await readDetails(currentStore(), image);
  const { created, author, comment, history, architecture, variant, os, config, rootfs } = details;
  const named = tags.filter(({ parsed }) => parsed.tag !== undefined);
  return {
    Id: record.id,
    RepoTags: named.map(({ parsed: { domain, path, tag = "" } }) => familiarReference({ domain, path, tag })),
    RepoDigests: [...new Set(tags.map(({ parsed, target }) => `${familiarName(parsed)}@${target}`))],
    Parent: "",
    Comment: comment || (history?.at(-1)?.comment ?? ""),
    Created: knownTime(created) ?? "",
    DockerVersion: "",
    Author: author ?? "",
    Config: config ?? {},
    Architecture: architecture,
    ...(variant === undefined ? {} : { Variant: variant }),
    Os: os,
    Size: sizeOf(image),
    RootFS: { Type: "layers", Layers: rootfs.diff_ids },
    Metadata: { LastUsedTime: new Date(lastUsed).toISOString() },
  };
}

/** The image that a word means, as `describe` has it. @throws as `findStored` */
export async function inspectImage(word: string, platform?: Platform): Promise<Record<string, unknown>> {
  return describe(await findStored(currentStore(), word, platform));
}

interface InspectFlags extends PlatformFlag {
  format?: string;
}

async function inspect(words: string[], { format, platform }: InspectFlags): Promise<number> {
  const found: Record<string, unknown>[] = [];
  const code = await forEachName(words, async (word) => void found.push(await inspectImage(word, platform)));
  printInspected(found, format);
  return code;
}

export function addInspect(command: Command, exit: (code: number) => void): Command {
  return addPlatformFlag(command, "this host's, if it is here")
    .argument("<image...>", "references or ids of images that are here")
    .option("-f, --format <format>", "json, or a template such as '{{.Config.Env}}'")
    .addHelpText(
      "after",
      "\nExamples:\n  box image inspect nginx\n  box image inspect -f '{{json .Config.Env}}' nginx",
    )
    .action(async (words: string[], flags: InspectFlags) => exit(await inspect(words, flags)));
}
