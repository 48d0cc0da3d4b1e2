import { Command } from "commander";
import { forEachName } from "./each.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { addPlatformFlag, type PlatformFlag } from "./flags/platform.js";
import { explain, type Notes } from "./help/notes.js";
import { hostPath, hostReference } from "./host-path.js";
import { printLine } from "./output/print.js";
import { createProgress } from "./output/progress.js";

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
    ["box pull --platform linux/arm64 nginx:alpine", "to push or save; it cannot run on amd64"],
    ["box pull --verify cosign.pub ghcr.io/owner/app:1", "only if this key has signed it"],
  ],
};

async function pullOne(reference: string, { quiet = false, platform, verify }: PullFlags): Promise<void> {
  const progress = createProgress(quiet);
  try {
    const image = await engine().images.pull(reference, {
      platform,
      verify: verify === undefined ? undefined : hostPath(verify),
      onProgress: progress.report,
      signal: untilEnded(),
    });
    progress.end();
    if (!quiet) printLine(`Digest: ${image.digest}`);
    printLine(image.reference);
  } finally {
    progress.end();
  }
}

/** @returns the exit code; with --all-tags, a failed tag does not stop the others */
async function pull(text: string, flags: PullFlags): Promise<number> {
  if (flags.allTags) {
    return forEachName(await engine().images.remoteTags(text, untilEnded()), (reference) =>
      pullOne(reference, flags),
    );
  }
  await pullOne(hostReference(text), flags);
  return 0;
}

export function command(exit: (code: number) => void): Command {
  const command = explain(new Command("pull"), NOTES)
    .argument("<image>", "image reference, such as nginx:alpine")
    .option("-a, --all-tags", "download all tagged images in the repository")
    .option("-q, --quiet", "suppress verbose output");
  return addPlatformFlag(command, "that of this host")
    .option(
      "--verify <file>",
      "public key that must have signed the image, or a policy of such keys (default: from the settings)",
    )
    .action(async (text: string, flags: PullFlags) => exit(await pull(text, flags)));
}
