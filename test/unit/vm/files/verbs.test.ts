import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectTo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BoxError } from "../../../../src/errors.js";
import { read, write } from "../../../../src/vm/files/content.js";
import { list, mkdir, remove, stat } from "../../../../src/vm/files/verbs.js";
import { watch } from "../../../../src/vm/files/watch.js";
import {
  createDecoder,
  encode,
  encodeJson,
  encodeWindow,
  Kind,
} from "../../../../src/vm/protocol/control/wire.js";

let folder: string;
let close: () => void;
/** Sends the monitor's response to a request. */
let answer: (monitor: Socket) => void;
/** Data received from the command on stdin. */
let received: Buffer;
let connect: () => Promise<Socket>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-files-"));
  const path = join(folder, "s");
  received = Buffer.alloc(0);
  const server = createServer((monitor) => {
    const decode = createDecoder((kind, payload) => {
      if (kind === Kind.json) answer(monitor);
      if (kind === Kind.stdin) received = Buffer.concat([received, payload]);
    });
    monitor.on("data", (chunk: Buffer) => void decode(chunk));
    monitor.on("error", () => undefined);
  }).listen(path);
  await once(server, "listening");
  close = () => server.close();
  connect = async () => {
    const socket = connectTo(path);
    await once(socket, "connect");
    return socket;
  };
});
afterEach(async () => {
  close();
  await rm(folder, { recursive: true, force: true });
});

const exited = (exitCode: number) => encodeJson({ event: "exited", exitCode, oomKilled: false });

function respond(...messages: Buffer[]): void {
  answer = (monitor) =>
    void monitor.end(Buffer.concat([encodeJson({ event: "started", program: true }), ...messages]));
}

describe("a file operation", () => {
  it.each([
    [1, "files-failed", "I/O error"],
    [2, "no-such-path", "No such file"],
    [12, "busy", "sub/x: Resource busy"],
    [15, "too-many-watches", ""],
    [16, "files-failed", "made up"],
    [125, "files-failed", ""],
    [137, "files-failed", ""],
  ])("that exits with %i fails with the code %s", async (exitCode, code, words) => {
    respond(encode(Kind.stderr, Buffer.from(`${words}\n`)), exited(exitCode));
    const { message } = (await remove(connect, "/a\n").catch((error: unknown) => error)) as BoxError;
    expect(message).toMatch(/^"\/a\\n+": ./);
    await expect(remove(connect, "/a")).rejects.toMatchObject({ code });
  });

  it("reports a box that has exited, and an older monitor or agent, as such", async () => {
    answer = (monitor) => monitor.end();
    await expect(mkdir(connect, "/a")).rejects.toMatchObject({
      code: "files-failed",
      message: /the box exited/,
    });
    const hint = "restart the box";
    answer = (monitor) =>
      monitor.end(encodeJson({ event: "failed", code: "bad-request", message: "what?", hint }));
    await expect(mkdir(connect, "/a")).rejects.toMatchObject({ code: "bad-request", hint });
    // The agent does not support the request.
    const message = "the host sent a START without a program";
    answer = (monitor) => monitor.end(encodeJson({ event: "failed", code: "failed", message }));
    await expect(mkdir(connect, "/a")).rejects.toMatchObject({
      code: "files-failed",
      message,
      hint: expect.stringContaining("restart the box") as string,
    });
  });

  it("sends content in chunks with an end marker, which is missing if the content fails", async () => {
    let monitor: Socket | undefined;
    answer = (socket) => (monitor = socket);
    const written = write(connect, "/a", Buffer.from("abc"));
    await expect.poll(() => received.toString("hex")).toBe("0300000061626300000000");
    monitor?.end(exited(0));
    await written;
    received = Buffer.alloc(0);
    async function* breaking() {
      yield await Promise.resolve(Buffer.from("abc"));
      throw new Error("no more");
    }
    const closed = new Promise((resolve) => (answer = (socket) => socket.once("close", resolve)));
    await expect(write(connect, "/a", breaking())).rejects.toThrow("no more");
    await closed;
    expect(received.toString("hex")).toBe("03000000616263");
  });

  it("rejects with the reason of its signal, whatever it is waiting for", async () => {
    const reason = new Error("enough");
    answer = () => undefined;
    const verbs: ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => mkdir(connect, "/a", { signal }),
      (signal) => stat(connect, "/a", { signal }),
      (signal) => list(connect, "/a", signal),
      (signal) => read(connect, "/a", { signal }).next(),
      (signal) => watch(connect, "/a", { signal }).next(),
      (signal) => write(connect, "/a", Buffer.alloc(1_000_000), { signal }),
      (signal) =>
        write(
          connect,
          "/a",
          (async function* () {
            yield await new Promise<Uint8Array>(() => undefined);
          })(),
          { signal },
        ),
    ];
    for (const verb of verbs) {
      const given = new AbortController();
      const asked = new Promise<void>((resolve) => (answer = () => resolve()));
      const result = verb(given.signal);
      await asked;
      given.abort(reason);
      await expect(result).rejects.toBe(reason);
      await expect(verb(given.signal)).rejects.toBe(reason);
    }
  });

  it("succeeds or fails with a BoxError, whatever the guest sends", async () => {
    const output = fc.record({
      kind: fc.constantFrom(Kind.stdout, Kind.stderr),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.constant(Buffer.from([1, 0, 0, 0, 0])),
        fc.constant(Buffer.alloc(35, 1)),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(output, { maxLength: 4 }), fc.nat(255), async (outputs, exitCode) => {
        respond(...outputs.map(({ kind, bytes }) => encode(kind, bytes)), exited(exitCode));
        const verbs = [
          () => stat(connect, "/a"),
          () => list(connect, "/a"),
          () => remove(connect, "/a"),
          () => read(connect, "/a", { length: 5 }).next(),
          () => watch(connect, "/a").next(),
          () => write(connect, "/a", Buffer.from("x")),
        ];
        for (const verb of verbs) {
          const error: unknown = await verb().then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          if (error === undefined) continue;
          expect(error).toBeInstanceOf(BoxError);
          expect((error as BoxError).message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
        }
      }),
      { numRuns: 50 },
    );
  });
});

it("write continues when the guest returns the window", async () => {
  answer = (monitor) => {
    monitor.write(encodeJson({ event: "started", program: true }));
    monitor.write(encodeWindow(1_000_000));
  };
  const data = Buffer.alloc(600_000, 7);
  const given = new AbortController();
  const written = write(connect, "/a", data, { signal: given.signal });
  await expect.poll(() => received.length, { timeout: 20_000 }).toBe(data.length + 8);
  given.abort(new Error("enough"));
  await expect(written).rejects.toThrow("enough");
});
