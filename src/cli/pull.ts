import { Command } from "commander";
import { obtainImage } from "./obtain-image.js";
import { printLine } from "./output/print.js";

export function command(): Command {
  return new Command("pull")
    .argument("<image>", "image reference, such as nginx:alpine")
    .option("-q, --quiet", "print nothing but the reference")
    .addHelpText("after", "\nExamples:\n  box pull nginx:alpine\n  box pull 127.0.0.1:5000/team/app:1.2")
    .action(async (reference: string, { quiet = false }: { quiet?: boolean }) => {
      const image = await obtainImage(reference, { pull: "always", quiet });
      if (!quiet) printLine(`Digest: ${image.digest}`);
      printLine(image.reference);
    });
}
