import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Command } from "commander";
import { BoxError, errnoOf } from "../config/errors.js";
import { quote } from "../config/syntax/quote.js";
import { archiveBox } from "../vm/box/archive.js";
import { findBox } from "../vm/box/find.js";

async function writeTo(path: string, source: AsyncIterable<Buffer>): Promise<void> {
  try {
    await pipeline(source, createWriteStream(path, { flags: "w", mode: 0o600 }));
  } catch (error) {
    await rm(path, { force: true });
    if (errnoOf(error) === undefined || error instanceof BoxError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new BoxError("output", `-o: cannot write ${quote(path)}: ${reason}`, { cause: error, exitCode: 1 });
  }
}

/** A pipeline would close stdout when the source fails, and that end would be taken for the reader's. */
async function print(source: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of source) {
    if (!process.stdout.write(piece)) await once(process.stdout, "drain");
  }
}

export function command(): Command {
  return new Command("export")
    .argument("<box>", "name or id of a running box")
    .option("-o, --output <file>", "write to a file instead of stdout")
    .addHelpText("after", "\nExamples:\n  box export web > web.tar\n  box export -o web.tar web")
    .action(async (name: string, { output }: { output?: string }) => {
      if (output === undefined && process.stdout.isTTY) {
        throw new BoxError("usage", "a tar is not for a terminal", {
          hint: "write it to a file with -o FILE, or redirect it",
          exitCode: 1,
        });
      }
      const source = archiveBox(await findBox(name), "root");
      if (output === undefined) await print(source);
      else await writeTo(output, source);
    });
}
