import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { BoxRecord } from "../../../../src/vm/box/record.js";
import { encodeFrame, FrameType } from "../../../../src/vm/protocol/guest/frames.js";
import { encodeWindow, PROTOCOL_VERSION } from "../../../../src/vm/protocol/guest/messages.js";
import { openGuest } from "../../../../src/vm/monitor/guest.js";
import { openLink } from "../../../../src/vm/monitor/guest-link.js";
import { GUEST, PROCESS } from "../record.js";
import { currentHome } from "../../current.js";

const RUNS = Number(process.env["BOX_TEST_RUNS"] ?? 150);
/** Bytes that a session may have in flight to the host: one window per output stream. */
const WINDOWS = 2 * 262_144;

const record = {
  bootLimitMs: 60_000,
  config: { debugGrpc: false },
  options: { autoRemove: false },
  process: { ...PROCESS, stdin: true, tty: true },
  guest: GUEST,
} as unknown as BoxRecord;

/** A valid conversation: the workload on channel 1, another program on channel 2. */
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

/** Applies changes, most of which hit headers of frames rather than payloads. */
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

/** Returns the two ends of a stream. */
async function pair(): Promise<[Socket, Socket]> {
  const path = join(tmpdir(), `hostile-guest-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  const server = createServer().listen(path);
  await once(server, "listening");
  const agent = connect(path);
  const [host] = (await once(server, "connection")) as [Socket];
  server.close();
  return [host, agent];
}

/** Number of frames of HONEST that a guest has sent in each state. */
const CONVERSATIONS = {
  silent: 0,
  greeted: 1,
  configured: 2,
  running: 4,
  ended: 8,
  closed: 9,
} as const;
type State = keyof typeof CONVERSATIONS;

const EMPTY = Buffer.alloc(0);
const PAYLOADS: Record<keyof typeof FrameType, Buffer> = {
  HELLO: Buffer.from([1, 2, 0, 0, 0, PROTOCOL_VERSION, 0]),
  CONFIGURE: EMPTY,
  CONFIGURED: EMPTY,
  START: EMPTY,
  STARTED: Buffer.from([7, 0, 0, 0]),
  ERROR: Buffer.concat([Buffer.from([1, 6, 0, 0, 0]), Buffer.from("failed")]),
  STDIN: Buffer.from("x"),
  STDOUT: Buffer.from("x"),
  STDERR: Buffer.from("x"),
  WINDOW: Buffer.from([0, 3, 0, 0, 0]),
  SIGNAL: Buffer.from([9]),
  EXIT: Buffer.from([0, 0, 0]),
  SHUTDOWN: EMPTY,
  RESIZE: Buffer.alloc(4),
  WAKE: Buffer.alloc(32),
  PING: EMPTY,
  PONG: EMPTY,
  SIDECAR: EMPTY,
  REHEARSE: EMPTY,
};
type Name = keyof typeof PAYLOADS;
const frame = (name: Name, channel: number, payload = PAYLOADS[name]) =>
  encodeFrame(FrameType[name], channel, payload);
const HONEST = [
  frame("HELLO", 0),
  frame("CONFIGURED", 0),
  frame("STARTED", 1),
  frame("STARTED", 2),
  ...[1, 2].flatMap((channel) => [frame("STDOUT", channel, EMPTY), frame("STDERR", channel, EMPTY)]),
  frame("EXIT", 2),
];
/** Frames that a guest may send next (docs/protocol.md, "States"). */
const ALLOWED: Record<State, string[]> = {
  silent: ["HELLO 0"],
  greeted: ["CONFIGURED 0", "ERROR 0"],
  configured: ["ERROR 0", "STARTED 1", "STARTED 2", "ERROR 1", "ERROR 2"],
  running: [
    "ERROR 0",
    ...[1, 2].flatMap((n) => ["STDOUT", "STDERR", "WINDOW", "EXIT"].map((name) => `${name} ${n}`)),
  ],
  ended: ["ERROR 0", "WINDOW 1", "WINDOW 2", "EXIT 1", "EXIT 2"],
  closed: ["ERROR 0", "WINDOW 1", "EXIT 1"],
};

/** Plays a guest that sends these frames and disconnects. @returns the protocol violations reported */
async function violationsOf(sent: Buffer[]): Promise<string[]> {
  const [host, agent] = await pair();
  const failures: string[] = [];
  const events = {
    onOutput: () => undefined,
    onExit: () => undefined,
    onFailure: ({ code, message }: { code: string; message: string }) => {
      if (code === "guest-protocol") failures.push(message);
    },
  };
  const guest = openGuest(
    currentHome(),
    openLink(host),
    record,
    { filter: null },
    { ...events, lastWords: () => ({ vmm: [], console: [] }) },
  );
  const other = guest.open(
    { role: "exec", program: { argv: ["true"], env: [], stdin: true, privileged: false } },
    events,
  );
  for (const session of [guest.main, other]) session?.stdin(Buffer.from("abc"));
  agent.resume();
  agent.on("error", () => undefined);
  agent.end(Buffer.concat(sent));
  await guest.closed;
  agent.destroy();
  host.destroy();
  return failures;
}

it.each(Object.keys(CONVERSATIONS) as State[])(
  "a guest in state %s may send only the frames of that state; any other ends its box with a line that names it",
  async (state) => {
    const before = HONEST.slice(0, CONVERSATIONS[state]);
    for (const name of Object.keys(PAYLOADS) as Name[]) {
      for (const channel of [0, 1, 2, 3]) {
        const failures = await violationsOf([...before, frame(name, channel)]);
        const what = `${name} ${channel}`;
        if (ALLOWED[state].includes(what)) {
          expect(failures, what).toEqual([]);
        } else {
          expect(failures.length, what).toBe(1);
          expect(failures[0]).toMatch(new RegExp(`^the guest violated the protocol: ${name} [^\n]*$`));
          expect(failures[0]).toMatch(new RegExp(`channel ${channel}\\b`));
        }
      }
    }
  },
);

it.each([
  ["STARTED twice", "running", frame("STARTED", 1), "STARTED on channel 1, which is running"],
  ["a WINDOW of 0 bytes", "running", encodeWindow(2, 0, 0), "WINDOW on channel 2, for 0 bytes"],
  [
    "a WINDOW for an output stream",
    "running",
    encodeWindow(2, 1, 1),
    "WINDOW on channel 2, for an output stream",
  ],
  [
    "window space that it never used",
    "running",
    encodeWindow(2, 0, 4),
    "WINDOW on channel 2, for more bytes than were sent",
  ],
  [
    "the end of a stream twice",
    "ended",
    frame("STDOUT", 1, EMPTY),
    "STDOUT on channel 1, whose stdout has ended",
  ],
  [
    "CONFIGURED twice",
    "running",
    frame("CONFIGURED", 0),
    "CONFIGURED of 0 bytes on channel 0 in state configured",
  ],
  [
    "CONFIGURED with a payload",
    "greeted",
    frame("CONFIGURED", 0, Buffer.from("x")),
    "CONFIGURED of 1 bytes on channel 0 in state greeted",
  ],
  ["a STARTED without a pid", "configured", frame("STARTED", 1, EMPTY), "malformed STARTED"],
  ["STARTED before CONFIGURED", "greeted", frame("STARTED", 1), "STARTED on channel 1 in state greeted"],
] as [string, State, Buffer, string][])(
  "a guest that sends %s ends its box with the reason",
  async (_, state, sent, why) => {
    const failures = await violationsOf([...HONEST.slice(0, CONVERSATIONS[state]), sent]);
    expect(failures).toEqual([`the guest violated the protocol: ${why}`]);
  },
);

it("whatever a guest sends and wherever it stops, its box ends with a reason and memory use is bounded", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 6 }), fc.nat(), async (changes, end) => {
      const [host, agent] = await pair();
      const unacknowledged = new Map<number, number>();
      const endings: string[] = [];
      const events = (session: number) => ({
        onStarted: () => undefined,
        // Nothing is ever acknowledged, so the guest can send no more than its windows.
        onOutput: (_: string, data: Buffer) => {
          unacknowledged.set(session, (unacknowledged.get(session) ?? 0) + data.length);
        },
        onStdinWindow: () => undefined,
        onExit: () => endings.push(`exit ${session}`),
        onFailure: ({ code }: { code: string }) => endings.push(code),
      });
      const given = { filter: null };
      const guest = openGuest(currentHome(), openLink(host), record, given, {
        ...events(1),
        lastWords: () => ({ vmm: [], console: [] }),
      });
      const terminal = { rows: 24, columns: 80 };
      const other = guest.open(
        { role: "exec", program: { argv: ["true"], env: [], stdin: false, terminal, privileged: false } },
        events(2),
      );
      guest.main.stdin(Buffer.from("abc"));
      for (const session of [guest.main, other]) session?.resize({ rows: 1, columns: 1 });
      agent.resume();
      agent.on("error", () => undefined);
      const sent = mutate(CONVERSATION, changes);
      const whole = changes.length === 0;
      agent.end(whole ? sent : sent.subarray(0, end % (sent.length + 1)));
      await guest.closed;
      for (const bytes of unacknowledged.values()) expect(bytes).toBeLessThanOrEqual(WINDOWS);
      if (whole) expect(endings).toEqual(["exit 2", "exit 1"]);
      expect(endings.length).toBeLessThanOrEqual(4);
      agent.destroy();
      host.destroy();
    }),
    { numRuns: RUNS },
  );
});
