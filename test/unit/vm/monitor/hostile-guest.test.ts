import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { BoxRecord } from "../../../../src/vm/box/record.js";
import { encodeFrame, FrameType } from "../../../../src/vm/guest/frames.js";
import { encodeWindow, PROTOCOL_VERSION } from "../../../../src/vm/guest/messages.js";
import { openGuest } from "../../../../src/vm/monitor/guest-link.js";
import { GUEST, PROCESS } from "../record.js";

const RUNS = Number(process.env["BOX_TEST_RUNS"] ?? 150);
/** What a session may have under way to the host: a window for each of its output streams. */
const WINDOWS = 2 * 262_144;

const record = {
  bootLimitMs: 60_000,
  config: { debugGrpc: false },
  options: { autoRemove: false },
  process: { ...PROCESS, stdin: true, tty: true },
  guest: GUEST,
} as unknown as BoxRecord;

/** A conversation that keeps to the protocol: the workload on channel 1, another program on channel 2. */
const CONVERSATION = Buffer.concat([
  encodeFrame(FrameType.HELLO, 0, Buffer.from([1, 2, 0, 0, 0, PROTOCOL_VERSION, 0])),
  encodeFrame(FrameType.CONFIGURED, 0, Buffer.alloc(0)),
  encodeFrame(FrameType.STARTED, 1, Buffer.from([7, 0, 0, 0])),
  encodeFrame(FrameType.STARTED, 2, Buffer.from([8, 0, 0, 0])),
  encodeFrame(FrameType.STDOUT, 1, Buffer.alloc(500, "a")),
  encodeFrame(FrameType.STDERR, 2, Buffer.alloc(700, "b")),
  encodeWindow(1, 0, 3),
  encodeFrame(FrameType.EXIT, 2, Buffer.from([0, 3, 0])),
  encodeFrame(FrameType.STDOUT, 1, Buffer.alloc(65_536, "c")),
  encodeFrame(FrameType.EXIT, 1, Buffer.from([0, 0, 0])),
]);

const change = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), place: fc.nat(), value: fc.nat(255) }),
  fc.record({ kind: fc.constant("cut" as const), place: fc.nat(), length: fc.nat(2000) }),
  fc.record({ kind: fc.constant("repeat" as const), place: fc.nat(), length: fc.nat(70_000) }),
);

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** Most changes hit the first bytes of frames rather than what they carry. */
function mutate(data: Buffer, changes: readonly Change[]): Buffer {
  return changes.reduce((bytes, item) => {
    const place = item.place % (bytes.length + 1);
    if (item.kind === "set") {
      const changed = Buffer.from(bytes);
      if (place < changed.length) changed[place] = item.value;
      return changed;
    }
    const [head, part, tail] = [
      bytes.subarray(0, place),
      bytes.subarray(place, place + item.length),
      bytes.subarray(place + item.length),
    ];
    return Buffer.concat(item.kind === "cut" ? [head, tail] : [head, part, part, tail]);
  }, data);
}

async function pair(): Promise<[Socket, Socket]> {
  const path = join(tmpdir(), `hostile-guest-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  const server = createServer().listen(path);
  await once(server, "listening");
  const agent = connect(path);
  const [host] = (await once(server, "connection")) as [Socket];
  server.close();
  return [host, agent];
}

it("whatever a guest says and wherever it breaks off, its box ends with a reason and nothing piles up", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 6 }), fc.nat(), async (changes, end) => {
      const [host, agent] = await pair();
      const untaken = new Map<number, number>();
      const endings: string[] = [];
      const events = (session: number) => ({
        onStarted: () => undefined,
        // Nothing is ever taken: the guest has its windows and no byte more.
        onOutput: (_: string, data: Buffer) => {
          untaken.set(session, (untaken.get(session) ?? 0) + data.length);
        },
        onStdinWindow: () => undefined,
        onExit: () => endings.push(`exit ${session}`),
        onFailure: ({ code }: { code: string }) => endings.push(code),
      });
      const given = { filter: null };
      const guest = openGuest(host, record, given, { ...events(1), consoleTail: () => [] });
      const terminal = { rows: 24, columns: 80 };
      const other = guest.exec(
        { argv: ["true"], env: [], stdin: false, terminal, privileged: false },
        events(2),
      );
      guest.main.stdin(Buffer.from("abc"));
      for (const session of [guest.main, other]) session?.resize({ rows: 1, columns: 1 });
      agent.resume();
      agent.on("error", () => undefined);
      const said = mutate(CONVERSATION, changes);
      const whole = changes.length === 0;
      agent.end(whole ? said : said.subarray(0, end % (said.length + 1)));
      await guest.closed;
      for (const bytes of untaken.values()) expect(bytes).toBeLessThanOrEqual(WINDOWS);
      if (whole) expect(endings).toEqual(["exit 2", "exit 1"]);
      expect(endings.length).toBeLessThanOrEqual(4);
      agent.destroy();
      host.destroy();
    }),
    { numRuns: RUNS },
  );
});
