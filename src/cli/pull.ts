import { Command } from "commander";
import { parsePlatform, type Platform } from "../oci/platform.js";
import { obtainImage } from "./obtain-image.js";
import { printLine } from "./output/print.js";
import { openStore } from "./store.js";

interface PullFlags {
  quiet?: boolean;
  platform?: Platform;
  verify?: string;
}

const EXAMPLES = `
Examples:
  box pull nginx:alpine
  box pull --platform linux/arm64 nginx:alpine       to keep or to save; it cannot run here
  box pull --verify cosign.pub ghcr.io/owner/app:1   nothing that this key has not signed
  box pull 127.0.0.1:5000/team/app:1.2`;

export function command(): Command {
  return new Command("pull")
    .argument("<image>", "image reference, such as nginx:alpine")
    .option("-q, --quiet", "print nothing but the reference")
    .option("--platform <platform>", "OS/ARCH[/VARIANT] (this host's)", (text) =>
      parsePlatform(text, "--platform"),
    )
    .option("--verify <file>", "public key that signed it, or policy of such keys (the settings' policy)")
    .addHelpText("after", EXAMPLES)
    .action(async (reference: string, { quiet = false, platform, verify }: PullFlags) => {
      const cache = await openStore();
      const image = await obtainImage(reference, { pull: "always", quiet, cache, platform, verify });
      if (!quiet) printLine(`Digest: ${image.digest}`);
      printLine(image.reference);
    });
}
