import { Command } from "commander";
import { BoxError } from "../config/errors.js";
import { recordImageEvent } from "../oci/event.js";
import { checkPushable, pushImage } from "../oci/push/push.js";
import {
  familiarName,
  familiarReference,
  formatReference,
  parseReference,
  type Reference,
} from "../oci/reference.js";
import { listTags } from "../oci/store/tags.js";
import { createProgress } from "./output/progress.js";
import { printLine, printNotice, printWarning } from "./output/print.js";

interface PushFlags {
  quiet?: boolean;
  allTags?: boolean;
}

async function pushOne(reference: Reference, quiet: boolean): Promise<void> {
  const name = formatReference(reference);
  const progress = createProgress(quiet);
  try {
    const { digest, size, partOfIndex, platform } = await pushImage(reference, progress.report);
    progress.end();
    recordImageEvent("push", familiarReference(reference), familiarName(reference));
    if (partOfIndex) {
      printWarning(
        `${name} was pulled from an index of several platforms; ${platform} alone is here and was pushed`,
      );
    }
    printLine(quiet ? name : `${reference.tag ?? "latest"}: digest: ${digest} size: ${size}`);
  } finally {
    progress.end();
  }
}

/** All tags that this host has of a repository. @throws BoxError image-missing */
async function findTags({ domain, path }: Reference): Promise<Reference[]> {
  const tags = (await listTags()).map(({ parsed }) => parsed);
  const found = tags.filter((tag) => tag.domain === domain && tag.path === path && tag.digest === undefined);
  if (found.length > 0) return found;
  throw new BoxError("image-missing", `no tag of ${domain}/${path} is on this host`, {
    hint: "`box images` lists those that are",
    exitCode: 1,
  });
}

async function push(text: string, { quiet = false, allTags = false }: PushFlags): Promise<void> {
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
  for (const each of references) await pushOne(each, quiet);
}

export function command(): Command {
  return new Command("push")
    .argument("<image>", "image of this host, named as it is to be at the registry: ghcr.io/me/app:1.2")
    .option("-q, --quiet", "print nothing but the reference")
    .option("-a, --all-tags", "all tags that this host has of the repository")
    .addHelpText(
      "after",
      "\nExamples:\n  box push ghcr.io/me/app:1.2\n  box push --all-tags 127.0.0.1:5000/team/app",
    )
    .action(push);
}
