import { spawn } from "node:child_process";
import { basename, dirname } from "node:path";
import { BoxError } from "../../errors.js";
import { recognize } from "../compression/decompress.js";
import { badLayer } from "../index/bad-layer.js";
import { reservedSpace, noSpace } from "../store/space.js";
import type { MadeTar, TarMaker } from "./made-tar.js";

/** A layer for a helper to process; `text` is described in docs/layer-helper.md. */
interface Task {
  source: AsyncIterable<Uint8Array>;
  text: string;
  /** Called with the number of bytes of the tar that have been written to its file. */
  onWritten: (bytes: number) => void;
}

/** A process that handles one layer at a time. After an error, it must not be used again. */
interface Helper {
  /** @throws Refusal; an error if the process fails; what `source` and `onWritten` throw */
  run: (task: Task) => Promise<MadeTar>;
  kill: () => void;
}

/** `failed KIND TEXT` */
class Refusal extends Error {
  constructor(
    readonly kind: string,
    readonly text: string,
  ) {
    super(`${kind} ${text}`);
  }
}

/** Longest text from stderr that is shown in an error. */
const MOST_STDERR = 1000;

/** Bytes to collect for one write. */
const SEND_BYTES = 2 ** 17;

/** Each piece is preceded by its length; an empty piece marks the end of a layer. */
function lengthOf(piece: Uint8Array): Buffer {
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32LE(piece.length);
  return length;
}

const END = new Uint8Array(0);

/** The dynamic loader's message about a missing library begins with the program's path. */
function explainEnd(program: string, end: NodeJS.Signals | number | null, said: string): string {
  const [line = ""] = said.trim().split("\n");
  return line.startsWith(program) ? line : `${program} ended with ${end}: ${line || "no message"}`;
}

/** @param folder of the layers: the only one that the helper can write to */
function startHelper(program: string, folder: string): Helper {
  // In a session of its own, so that it does not receive Ctrl-C. It exits when box does, because its stdin closes.
  const child = spawn(program, { stdio: "pipe", detached: true, cwd: folder, env: {} });
  const { stdin, stdout, stderr } = child;
  let said = "";
  let line = "";
  let failure: Error | undefined;
  let result: MadeTar | undefined;
  let onWritten: Task["onWritten"] = () => undefined;
  let wake: () => void = () => undefined;

  function fail(error: unknown): void {
    failure ??= error instanceof Error ? error : new Error(String(error));
    wake();
  }

  function read(text: string): void {
    const [word, ...rest] = text.split(" ");
    if (word === "written") return onWritten(Number(rest[0]));
    if (word === "failed") return fail(new Refusal(rest[0] ?? "", rest.slice(1).join(" ")));
    const [blob = "", tar = "", bytes = ""] = rest;
    result = { digest: `sha256:${blob}`, diffId: `sha256:${tar}`, bytes: Number(bytes) };
    wake();
  }

  stdout.setEncoding("latin1").on("data", (text: string) => {
    const lines = (line + text).split("\n");
    line = lines.pop() ?? "";
    try {
      lines.forEach(read);
    } catch (error) {
      fail(error);
    }
  });
  stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(0, MOST_STDERR);
  });
  stdin.on("drain", () => wake());
  // If writing fails, the process's exit is the error to report.
  stdin.on("error", () => undefined);
  child.on("error", fail);
  child.on("close", (code, signal) => {
    fail(
      new BoxError(
        "engine-missing",
        `a part of box does not work: ${explainEnd(program, signal ?? code, said)}`,
      ),
    );
  });

  /** Waits until `look` finds something. */
  async function until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      if (failure) throw failure;
      const found = look();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  /** Sends several pieces in one write, because each write wakes the helper. */
  async function send(pieces: readonly Uint8Array[]): Promise<void> {
    stdin.cork();
    for (const piece of pieces) {
      stdin.write(lengthOf(piece));
      if (piece.length > 0) stdin.write(piece);
    }
    stdin.uncork();
    await until(() => (stdin.writableNeedDrain ? undefined : true));
  }

  async function sendAll(source: Task["source"]): Promise<void> {
    let waiting: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of source) {
      if (piece.length === 0) continue;
      waiting.push(piece);
      bytes += piece.length;
      if (bytes < SEND_BYTES) continue;
      await send(waiting);
      waiting = [];
      bytes = 0;
    }
    await send([...waiting, END]);
  }

  return {
    run: async (task) => {
      onWritten = task.onWritten;
      result = undefined;
      await send([Buffer.from(task.text)]);
      await sendAll(task.source);
      return until(() => result);
    },
    kill: () => child.kill("SIGKILL"),
  };
}

function explain(error: unknown, path: string, what: string): unknown {
  if (!(error instanceof Refusal)) return error;
  const { kind, text } = error;
  if (kind === "data") return badLayer(`decompression failed: ${text}`);
  if (kind === "room") return noSpace(dirname(path), what);
  return Object.assign(new Error(`${path}: ${text}`), { code: text });
}

/**
 * Returns a TarMaker that uses helper processes, one per layer being processed.
 * @param program path of box-layer
 */
export function openLayerHelpers(program: string): TarMaker {
  const all = new Set<Helper>();
  const idle = new Map<string, Helper[]>();
  return {
    make: async (source, file, what, indexer) => {
      const { compression = "plain", all: whole } = await recognize(source);
      const folder = dirname(file.path);
      const helper = idle.get(folder)?.pop() ?? startHelper(program, folder);
      all.add(helper);
      try {
        const made = await helper.run({
          source: whole,
          text: `${compression} ${reservedSpace(folder)} ${basename(file.path)}`,
          onWritten: (bytes) => file.index(indexer, bytes),
        });
        file.index(indexer, made.bytes);
        idle.set(folder, [...(idle.get(folder) ?? []), helper]);
        return made;
      } catch (error) {
        all.delete(helper);
        helper.kill();
        throw explain(error, file.path, what);
      }
    },
    close: () => {
      for (const helper of all) helper.kill();
    },
  };
}
