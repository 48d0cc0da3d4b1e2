import { Command } from "commander";
import { isFileReference } from "../config/syntax/file-reference.js";
import { parseReference } from "../config/syntax/reference.js";
import { describeAllPulled, describeDefaultTag } from "../docker/images/pull-lines.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { addPlatformFlag, type PlatformFlag } from "./flags/platform.js";
import { explain, type Notes } from "./help/notes.js";
import { hostPath, hostReference } from "./host-path.js";
import { printLine } from "./output/print.js";
import { reportPull } from "./output/pull-report.js";

interface PullFlags extends PlatformFlag {
  quiet?: boolean;
  allTags?: boolean;
  verify?: string;
}

const NOTES: Notes = {
  examples: [
    ["box pull nginx:alpine"],
    ["box pull 127.0.0.1:5000/team/app:1.2"],
    ["box pull --all-tags 127.0.0.1:5000/team/app"],
    ["box pull --platform linux/arm64 nginx:alpine", "next to the image for this host"],
    ["box pull --verify cosign.pub ghcr.io/owner/app:1", "only if this key has signed it"],
  ],
};

/** @returns the reference, and whether it has changed */
async function pullOne(
  reference: string,
  { quiet = false, allTags, platform, verify }: PullFlags,
): Promise<{ reference: string; isNew: boolean }> {
  const report = reportPull({ quiet, print: printLine, several: allTags });
  let isNew = false;
  try {
    const image = await engine().images.pull(reference, {
      platform,
      verify: verify === undefined ? undefined : hostPath(verify),
      onProgress: report.onProgress,
      onStep: (step) => {
        if (step.kind === "pulled") ({ isNew } = step);
        report.onStep(step);
      },
      signal: untilEnded(),
    });
    return { reference: image.reference, isNew };
  } finally {
    report.end();
  }
}

/** Stops at the first tag that fails, as Docker does. */
async function pullAll(text: string, flags: PullFlags): Promise<void> {
  let isNew = false;
  for (const reference of await engine().images.remoteTags(text, untilEnded()))
    isNew = (await pullOne(reference, flags)).isNew || isNew;
  if (flags.quiet !== true) printLine(describeAllPulled(parseReference(text), isNew));
  printLine(text);
}

async function pull(text: string, flags: PullFlags): Promise<void> {
  if (flags.allTags) return pullAll(text, flags);
  const fromFile = isFileReference(text);
  if (!fromFile && flags.quiet !== true) {
    parseReference(text);
    const line = describeDefaultTag(text);
    if (line !== undefined) printLine(line);
  }
  printLine((await pullOne(hostReference(text), flags)).reference);
}

export function command(): Command {
  const command = explain(new Command("pull"), NOTES)
    .argument("<image>", "image reference, such as nginx:alpine")
    .option("-a, --all-tags", "download all tagged images in the repository")
    .option("-q, --quiet", "suppress verbose output");
  return addPlatformFlag(command, "that of this host")
    .option(
      "--verify <file>",
      "public key that must have signed the image, or a policy of such keys (default: from the settings)",
    )
    .action(pull);
}
