import { Command } from "commander";
import { BoxError } from "../errors.js";
import { recordImageEvent } from "../oci/event.js";
import type { Platform } from "../config/syntax/platform.js";
import { checkPushable, pushImage } from "../oci/push/push.js";
import {
  familiarName,
  familiarReference,
  formatReference,
  parseReference,
  type Reference,
} from "../oci/reference.js";
import { listTags } from "../oci/store/tags.js";
import { addPlatformFlag, type PlatformFlag } from "./flags/platform.js";
import { createProgress } from "./output/progress.js";
import { printLine, printNotice, printWarning } from "./output/print.js";
import { currentStore } from "./store.js";

interface PushFlags extends PlatformFlag {
  quiet?: boolean;
  allTags?: boolean;
}

async function pushOne(reference: Reference, quiet: boolean, platform: Platform | undefined): Promise<void> {
  const name = formatReference(reference);
  const progress = createProgress(quiet);
  try {
    const pushed = await pushImage(currentStore(), reference, progress.report, { platform });
    progress.end();
    recordImageEvent(currentStore(), "push", familiarReference(reference), familiarName(reference));
    if (pushed.alone) {
      const { platform, missing } = pushed.alone;
      const reason =
        missing.length > 0 ? `not here of its index are ${shorten(missing)}` : "its index is not here";
      printWarning(`${name}: ${platform} alone was pushed: ${reason}`);
    }
    if (pushed.withoutAttestations) printWarning(`${name}: its index was pushed without attestations`);
    printLine(quiet ? name : `${reference.tag ?? "latest"}: digest: ${pushed.digest} size: ${pushed.size}`);
  } finally {
    progress.end();
  }
}

const MOST_NAMED = 20;

function shorten(names: string[]): string {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** All tags that this host has of a repository. @throws BoxError image-missing */
async function findTags({ domain, path }: Reference): Promise<Reference[]> {
  const tags = (await listTags(currentStore())).map(({ parsed }) => parsed);
  const found = tags.filter((tag) => tag.domain === domain && tag.path === path && tag.digest === undefined);
  if (found.length > 0) return found;
  throw new BoxError("image-missing", `no tag of ${domain}/${path} is on this host`, {
    hint: "`box images` lists those that are",
    exitCode: 1,
  });
}

async function pushTags(
  text: string,
  { quiet = false, allTags = false, platform }: PushFlags,
): Promise<void> {
  const reference = parseReference(text);
  checkPushable(reference, text);
  if (allTags && /:[^/]*$/.test(text)) {
    throw new BoxError("usage", `--all-tags: ${JSON.stringify(text.slice(0, 80))} names a tag`, {
      hint: "leave out the tag, or --all-tags",
      exitCode: 1,
    });
  }
  const references = allTags ? await findTags(reference) : [reference];
  if (!quiet) printNotice(`The push refers to repository [${reference.domain}/${reference.path}]`);
  for (const each of references) await pushOne(each, quiet, platform);
}

const EXAMPLES = `
Examples:
  box push ghcr.io/me/app:1.2
  box push --platform linux/arm64 ghcr.io/me/app:1.2
  box push --all-tags 127.0.0.1:5000/team/app`;

export function command(): Command {
  const push = new Command("push")
    .argument("<image>", "image of this host, named as it is to be at the registry: ghcr.io/me/app:1.2")
    .option("-q, --quiet", "print nothing but the reference")
    .option("-a, --all-tags", "all tags that this host has of the repository");
  return addPlatformFlag(push, "the index, if all of its images are here")
    .addHelpText("after", EXAMPLES)
    .action(pushTags);
}
