import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { Command } from "commander";
import { BoxError, errnoOf } from "../errors.js";
import type { Change } from "../config/syntax/change.js";
import { quote } from "../config/syntax/quote.js";
import { recordImageEvent } from "../oci/event.js";
import { openDownload } from "../oci/make/download.js";
import { importImage } from "../oci/make/import.js";
import { hostPlatform, parsePlatform, type Platform } from "../config/syntax/platform.js";
import { parseNewName } from "../oci/reference.js";
import { addChangeFlag } from "./flags/change.js";
import { printLine } from "./output/print.js";
import { openStdin } from "./stdin.js";
import { currentStore, openStore } from "./store.js";

interface ImportFlags {
  change?: Change[];
  message?: string;
  platform?: Platform;
}

interface Source {
  /** For messages. */
  what: string;
  /** Where Docker says it comes from. */
  origin: string;
  read: () => AsyncIterable<Uint8Array>;
}

async function* readFrom(path: string): AsyncGenerator<Uint8Array> {
  const reasons: Partial<Record<string, string>> = {
    ENOENT: "there is no such file",
    EACCES: "not permitted",
    EISDIR: "it is a folder",
  };
  try {
    const file = await open(path, constants.O_RDONLY);
    yield* file.createReadStream({ highWaterMark: 2 ** 18 }) as AsyncIterable<Buffer>;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const reason = reasons[errno] ?? errno;
    throw new BoxError("invalid-file", `${quote(path)} cannot be read: ${reason}`, { cause: error });
  }
}

function openSource(word: string): Source {
  if (word === "-") {
    if (openStdin().isTTY) {
      throw new BoxError("usage", "a tar is to come from standard input, which is a terminal", {
        hint: "send one there, or name a file or an address",
        exitCode: 1,
      });
    }
    return { what: "standard input", origin: "-", read: () => openStdin() as AsyncIterable<Buffer> };
  }
  if (/^https?:\/\//.test(word)) {
    const { shown, read } = openDownload(currentStore(), word);
    return { what: shown, origin: shown, read };
  }
  return { what: quote(word), origin: "-", read: () => readFrom(word) };
}

function parseLinux(text: string): Platform {
  const platform = parsePlatform(text, "--platform");
  if (platform.os === "linux") return platform;
  throw new BoxError("invalid-platform", `--platform: ${quote(text)} is not Linux, which boxes run`);
}

const EXAMPLES = `
The tar becomes the image's only layer. It may be compressed with gzip or zstd.

Examples:
  box import rootfs.tar.gz team/base:1
  box import -c 'CMD ["/bin/sh"]' -c 'ENV LANG=C.UTF-8' rootfs.tar base
  box export web | box import - web:copy
  box import https://example.com/rootfs.tar.zst`;

export function command(): Command {
  return addChangeFlag(
    new Command("import")
      .argument("<file|URL|->", "a tar of files, its address, or - for standard input")
      .argument("[name]", "name of the image: NAME[:TAG]"),
  )
    .option("-m, --message <text>", "what the image's history says of it (where it came from)")
    .option("--platform <platform>", "OS/ARCH[/VARIANT] of what is in it (this host's)", parseLinux)
    .addHelpText("after", EXAMPLES)
    .action(async (word: string, name: string | undefined, flags: ImportFlags) => {
      const cache = await openStore();
      const { what, origin, read } = openSource(word);
      const image = await importImage(currentStore(), read(), what, {
        changes: flags.change ?? [],
        message: flags.message ?? `Imported from ${origin}`,
        platform: flags.platform ?? hostPlatform(),
        name: name === undefined ? undefined : parseNewName(name),
      });
      recordImageEvent(currentStore(), "import", image.id, name ?? image.id);
      printLine(image.id);
      const { afterPull } = await import("../engine/images/after-pull.js");
      await afterPull(currentStore(), cache, false);
    });
}
