import { Command } from "commander";
import { addPlatformFlag, type PlatformFlag } from "./flags/platform.js";
import { obtainImage } from "./obtain-image.js";
import { printLine } from "./output/print.js";
import { openStore } from "./store.js";

interface PullFlags extends PlatformFlag {
  quiet?: boolean;
  allTags?: boolean;
  verify?: string;
}

const EXAMPLES = `
Examples:
  box pull nginx:alpine
  box pull --all-tags 127.0.0.1:5000/team/app
  box pull --platform linux/arm64 nginx:alpine       beside this host's; it cannot run here
  box pull --verify cosign.pub ghcr.io/owner/app:1   nothing that this key has not signed
  box pull 127.0.0.1:5000/team/app:1.2`;

export function command(exit: (code: number) => void): Command {
  const pull = new Command("pull")
    .argument("<image>", "image reference, such as nginx:alpine")
    .option("-a, --all-tags", "every tag that the registry has of the repository")
    .option("-q, --quiet", "print nothing but the reference");
  return addPlatformFlag(pull, "this host's")
    .option("--verify <file>", "public key that signed it, or policy of such keys (the settings' policy)")
    .addHelpText("after", EXAMPLES)
    .action(async (text: string, { allTags = false, quiet = false, platform, verify }: PullFlags) => {
      const cache = await openStore();
      const pull = async (reference: string): Promise<void> => {
        const image = await obtainImage(reference, { pull: "always", quiet, cache, platform, verify });
        if (!quiet) printLine(`Digest: ${image.digest}`);
        printLine(image.reference);
      };
      if (!allTags) return pull(text);
      const { pullAllTags } = await import("./pull-all-tags.js");
      exit(await pullAllTags(text, pull));
    });
}
