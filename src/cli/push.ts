import { Command } from "commander";
import type { Platform } from "../config/syntax/platform.js";
import { describeDefaultTag } from "../docker/images/pull-lines.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { addPlatformFlag, type PlatformFlag } from "./flags/platform.js";
import { explain, type Notes } from "./help/notes.js";
import { createProgress, PUSH_WORDS } from "./output/progress.js";
import { printLine, printWarning } from "./output/print.js";

interface PushFlags extends PlatformFlag {
  quiet?: boolean;
  allTags?: boolean;
}

async function pushOne(name: string, quiet: boolean, platform: Platform | undefined): Promise<void> {
  const progress = createProgress(quiet, { words: PUSH_WORDS, print: printLine });
  try {
    const pushed = await engine().images.push(name, {
      platform,
      onProgress: progress.report,
      signal: untilEnded(),
    });
    progress.end();
    if (pushed.alone) {
      const { platform, missing } = pushed.alone;
      const reason =
        missing.length > 0
          ? `not available locally: ${shorten(missing)}`
          : "its index is not available locally";
      printWarning(`${name}: pushed only ${platform}; ${reason}`);
    }
    if (pushed.withoutAttestations) printWarning(`${name}: pushed the index without its attestations`);
    if (!quiet) printLine(`${pushed.tag}: digest: ${pushed.digest} size: ${pushed.size}`);
  } finally {
    progress.end();
  }
}

const MAX_NAMED = 20;

function shorten(names: string[]): string {
  const more = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

async function push(text: string, { quiet = false, allTags, platform }: PushFlags): Promise<void> {
  const defaultTag = allTags ? undefined : describeDefaultTag(text);
  // As in Docker, even if the name turns out to be invalid.
  if (!quiet && defaultTag !== undefined) printLine(defaultTag);
  const { repository, references } = await engine().images.pushTargets(text, { allTags });
  if (!quiet) printLine(`The push refers to repository [${repository}]`);
  for (const reference of references) await pushOne(reference, quiet, platform);
  if (quiet) printLine(allTags ? repository : (references[0] ?? text));
}

const NOTES: Notes = {
  examples: [
    ["box push ghcr.io/me/app:1.2"],
    ["box push --platform linux/arm64 ghcr.io/me/app:1.2"],
    ["box push --all-tags 127.0.0.1:5000/team/app"],
  ],
};

export function command(): Command {
  const command = explain(new Command("push"), NOTES)
    .argument("<image>", "local image, by its name at the registry: ghcr.io/me/app:1.2")
    .option("-q, --quiet", "suppress verbose output")
    .option("-a, --all-tags", "push all tags of the repository");
  return addPlatformFlag(command, "all, if all are in the store").action(push);
}
