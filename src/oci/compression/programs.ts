import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BoxError, errnoOf } from "../../errors.js";
import { splitHead } from "./decompress.js";
import { compressionOf } from "./detect.js";

interface Program {
  /** Debian's package; others mostly have the same name, or that of the program. */
  package: string;
  /** Limits it in the way that each implementation of it understands, or ignores. */
  env: Readonly<Record<string, string>>;
}

/** Programs of this host that decompress what box itself does not. */
const PROGRAMS: Readonly<Record<"xz" | "bzip2", Program>> = {
  // A stream may ask for a dictionary of 4 GiB; xz -9 needs 65 MiB. bzip2 never needs more than 4 MiB.
  xz: { package: "xz-utils", env: { XZ_DEFAULTS: "-M256MiB -T1" } },
  bzip2: { package: "bzip2", env: {} },
};

/** Longest text from stderr that is read. */
const MOST_STDERR = 1000;

/** An error for which isDecompressionError is true. */
function failed(reason: string): Error {
  return Object.assign(new Error(reason), { code: "Z_PROGRAM" });
}

/** The first line that a program has printed, without its own name and that of its input. */
function reasonIn(name: string, said: string): string | undefined {
  const line = said.split("\n").find((text) => text.trim() !== "");
  return line?.replaceAll(`${name}: `, "").replace("(stdin): ", "").replace(/;$/, "").trim();
}

async function* through(
  source: AsyncIterable<Uint8Array>,
  name: keyof typeof PROGRAMS,
  path: string | undefined,
): AsyncGenerator<Uint8Array> {
  const { env, package: wanted } = PROGRAMS[name];
  // In a session of its own, so that it does not receive Ctrl-C. It exits when box does, because its stdin closes.
  const child = spawn(name, ["-dc"], {
    stdio: "pipe",
    detached: true,
    env: path === undefined ? env : { ...env, PATH: path },
  });
  const ended = new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject).once("close", (code, signal) => resolve(signal ?? code));
  });
  // It is awaited below, unless the reader stops early.
  ended.catch(() => undefined);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(0, MOST_STDERR);
  });
  let broken: { error: unknown } | undefined;
  async function* watched(): AsyncGenerator<Uint8Array> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await iterator.next().catch((error: unknown) => {
          broken = { error };
          throw error;
        });
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  // Not awaited: if the program ends early, its exit is the error to report, however long the source takes.
  pipeline(Readable.from(watched(), { objectMode: true }), child.stdin).catch(() => undefined);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const end = await ended;
    if (broken) throw broken.error;
    if (end !== 0) throw failed(reasonIn(name, said) ?? `${name} ended with ${end}`);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT" || child.pid !== undefined) throw error;
    throw new BoxError(
      "unsupported-compression",
      `unsupported compression: ${name}, because the program ${name} is not installed`,
      { hint: `install the package ${wanted}, or use gzip or zstd`, cause: error },
    );
  } finally {
    child.stdin.destroy();
    child.kill("SIGKILL");
  }
}

/**
 * Decompresses a stream in xz or bzip2 format with this host's program; passes on any other stream as it is.
 * @param path the PATH in which the program is looked up
 * @throws BoxError unsupported-compression if it is not installed; while reading, errors for which isDecompressionError
 *   is true, and what `source` throws
 */
export async function decompressedByProgram(
  source: AsyncIterable<Uint8Array>,
  path: string | undefined,
): Promise<AsyncGenerator<Uint8Array>> {
  const { head, all } = await splitHead(source);
  const compression = compressionOf(head);
  return compression === "xz" || compression === "bzip2" ? through(all, compression, path) : all;
}
