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

/** Two ends of a stream. */
async function pair(): Promise<[Socket, Socket]> {
  const path = join(tmpdir(), `hostile-guest-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  const server = createServer().listen(path);
  await once(server, "listening");
  const agent = connect(path);
  const [host] = (await once(server, "connection")) as [Socket];
  server.close();
  return [host, agent];
}

/** What an honest guest has sent by then; the workload is on channel 1, another program on channel 2. */
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
/** What it may send next (docs/protocol.md, "States"). */
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

/** A guest that says this, and then no more. @returns why its box ended, if it did for that */
async function listenTo(said: Buffer[]): Promise<string[]> {
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
  agent.end(Buffer.concat(said));
  await guest.closed;
  agent.destroy();
  host.destroy();
  return failures;
}

it.each(Object.keys(CONVERSATIONS) as State[])(
  "a guest that is %s may send what belongs there; anything else ends its box, with one line that names it",
  async (state) => {
    const before = HONEST.slice(0, CONVERSATIONS[state]);
    for (const name of Object.keys(PAYLOADS) as Name[]) {
      for (const channel of [0, 1, 2, 3]) {
        const failures = await listenTo([...before, frame(name, channel)]);
        const what = `${name} ${channel}`;
        if (ALLOWED[state].includes(what)) {
          expect(failures, what).toEqual([]);
        } else {
          expect(failures.length, what).toBe(1);
          expect(failures[0]).toMatch(new RegExp(`^the guest broke the protocol: ${name} [^\n]*$`));
          expect(failures[0]).toMatch(new RegExp(`channel ${channel}\\b`));
        }
      }
    }
  },
);

it.each([
  ["STARTED twice", "running", frame("STARTED", 1), "STARTED on channel 1, which is running"],
  ["a WINDOW of 0", "running", encodeWindow(2, 0, 0), "WINDOW on channel 2, of no bytes"],
  [
    "a WINDOW of a stream of its own",
    "running",
    encodeWindow(2, 1, 1),
    "WINDOW on channel 2, of a stream that is the guest's own",
  ],
  ["room that it never took", "running", encodeWindow(2, 0, 4), "WINDOW on channel 2, of more than was sent"],
  [
    "an end of a stream twice",
    "ended",
    frame("STDOUT", 1, EMPTY),
    "STDOUT on channel 1, whose stdout has ended",
  ],
  [
    "CONFIGURED twice",
    "running",
    frame("CONFIGURED", 0),
    "CONFIGURED of 0 bytes on channel 0, which is configured",
  ],
  [
    "CONFIGURED with something in it",
    "greeted",
    frame("CONFIGURED", 0, Buffer.from("x")),
    "CONFIGURED of 1 bytes on channel 0, which is greeted",
  ],
  ["a STARTED without a pid", "configured", frame("STARTED", 1, EMPTY), "malformed STARTED"],
  [
    "a program before its root",
    "greeted",
    frame("STARTED", 1),
    "STARTED on channel 1 of a box that is greeted",
  ],
] as [string, State, Buffer, string][])(
  "a guest that sends %s is told apart",
  async (_, state, said, why) => {
    const failures = await listenTo([...HONEST.slice(0, CONVERSATIONS[state]), said]);
    expect(failures).toEqual([`the guest broke the protocol: ${why}`]);
  },
);

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
