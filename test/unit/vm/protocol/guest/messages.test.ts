import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFrameParser, ProtocolError } from "../../../../../src/vm/protocol/guest/frames.js";
import {
  decodeError,
  decodeExit,
  decodeHello,
  decodeWindow,
  encodeConfigure,
  encodeCopy,
  encodeStart,
  encodeWindow,
} from "../../../../../src/vm/protocol/guest/messages.js";
import type { FileRequest } from "../../../../../src/vm/protocol/guest/file-request.js";
import { GUEST } from "../../record.js";

/** Decodes the records of a message as the agent would. */
function records(frames: Buffer[]): [number, Buffer][] {
  let rest = Buffer.concat(frames.flatMap(createFrameParser()).map((frame) => frame.payload));
  const found: [number, Buffer][] = [];
  while (rest.length > 0) {
    const end = 5 + rest.readUInt32LE(1);
    found.push([rest.readUInt8(0), rest.subarray(5, end)]);
    rest = rest.subarray(end);
  }
  return found;
}

const text = (entries: [number, Buffer][]) => entries.map(([tag, value]) => [tag, value.toString()]);

describe("messages to the guest", () => {
  it("encode file operations, whose names need not be valid text", () => {
    const file = (request: FileRequest) => new Map(records(encodeCopy(3, request))).get(14)?.toString("hex");
    const none = "0".repeat(16);
    const unlimited = "f".repeat(16);
    expect(file({ kind: "stat", path: "/\udcff", follow: true })).toBe(
      `010100000000${none}${unlimited}2fff00`,
    );
    expect(file({ kind: "rename", path: "/a", to: "/b" })).toBe(`050000000000${none}${unlimited}2f61002f62`);
    const range = { offset: 2 ** 40, length: 3 };
    expect(file({ kind: "read-file", path: "/a", ...range })).toBe(
      "060000000000" + "0000000000010000" + "0300000000000000" + "2f6100",
    );
    expect(file({ kind: "write-file", path: "/a", mode: 0o7777, append: true })).toBe(
      `0718ff0f0000${none}${unlimited}2f6100`,
    );
    expect(new Map(records(encodeCopy(3, { kind: "write-file", path: "/a" }))).get(5)?.toString("hex")).toBe(
      "01000000",
    );
  });

  it("carry a complete program, however large its environment is", () => {
    const env = [`BIG=${"x".repeat(3_000_000)}`, "EMPTY=", "LINES=a\nb"];
    const frames = encodeStart(1, {
      argv: ["sh", "-c", ""],
      env,
      cwd: "/w",
      user: "u:g",
      stdin: true,
      main: true,
      groups: ["44", "audio"],
      limits: [{ resource: 7, soft: 1024, hard: -1 }],
      capabilities: 0x1_ff_ff_ff_ff_ff,
      seccomp: Buffer.from("040000003132333435363738", "hex"),
      noNewPrivileges: true,
      first: true,
      oomScoreAdj: -1000,
      terminal: { rows: 24, columns: 336 },
    });
    const read = text(records(frames));
    expect(read.filter(([tag]) => tag === 1).map(([, value]) => value)).toEqual(["sh", "-c", ""]);
    expect(read.filter(([tag]) => tag === 2).map(([, value]) => value)).toEqual(env);
    expect(read).toContainEqual([3, "/w"]);
    expect(read).toContainEqual([4, "u:g"]);
    expect(read).toContainEqual([5, "\u000f\0\0\0"]);
    expect(read.filter(([tag]) => tag === 6).map(([, value]) => value)).toEqual(["44", "audio"]);
    const bytes = new Map(records(frames).map(([tag, value]) => [tag, value.toString("hex")]));
    expect(bytes.get(7)).toBe("070004000000000000ffffffffffffffff");
    expect(bytes.get(8)).toBe("ffffffffff010000");
    expect(bytes.get(9)).toBe("040000003132333435363738");
    expect(bytes.get(11)).toBe("18005001");
    expect(bytes.get(15)).toBe("18fcffff");
  });

  it("omit the records for unset options", () => {
    const config = {
      ...GUEST,
      persistent: false,
      clockNs: 1n,
      volumes: [{ name: "0", path: "/v", readOnly: true, file: true, populate: false }],
    };
    const read = records(encodeConfigure(config));
    expect(read.map(([tag]) => tag)).toEqual([1, 2, 3, 5, 9]);
    expect(read[3]?.[1].toString()).toBe("\u00030\0/v");
  });

  it("carry the records for all options", () => {
    const config = {
      ...{ hostname: "h", hosts: "", resolvConf: "", tmpfs: [], volumes: [], network: null },
      ...{
        readOnlyRoot: true,
        clockNs: 1n,
        shmBytes: 4096,
        pidsLimit: 64,
        cpuLimit: 50_000,
        openPaths: true,
        privileged: true,
      },
      sysctls: [{ path: "net/core/somaxconn", value: "64" }],
      devices: [{ name: "net/tun", path: "/dev/net/tun", read: true, write: false }],
      persistent: true,
    };
    const read = new Map(
      records(encodeConfigure(config)).map(([tag, value]) => [tag, value.toString("latin1")]),
    );
    expect(Object.fromEntries(read)).toMatchObject({
      ...{ 7: "\u0001", 8: "\0\u0010\0\0\0\0\0\0", 11: "@\0\0\0", 12: "\u0001", 13: "\u0001" },
      10: "net/core/somaxconn\u000064",
      14: "\u0001net/tun\0/dev/net/tun",
      15: "\u0001",
      17: "\u0050\u00c3\0\0",
    });
  });
});

describe("a guest on named networks", () => {
  it("receives an interface without a gateway, and the name servers in order", () => {
    const peers = {
      interface: "eth1",
      addresses: ["10.89.7.2/24", "10.90.0.9/16"],
      networkServers: ["10.89.7.1", "10.90.0.1"],
      nameServers: ["192.0.2.1"],
    };
    const read = text(records(encodeConfigure({ ...GUEST, persistent: false, clockNs: 1n, peers })));
    expect(read.filter(([tag]) => [6, 16, 18].includes(Number(tag)))).toEqual([
      [6, "eth1\u000010.89.7.2/24\0"],
      [6, "eth1\u000010.90.0.9/16\0"],
      [18, "10.89.7.1"],
      [18, "10.90.0.1"],
      [16, "192.0.2.1"],
    ]);
  });
});

describe("messages from the guest", () => {
  it("are decoded as the protocol specifies", () => {
    expect(decodeHello(Buffer.from([1, 2, 0, 0, 0, 1, 0]))).toEqual({ version: 1 });
    expect(decodeExit(Buffer.from([0, 7, 0]))).toEqual({ code: 7, oomKilled: false });
    expect(decodeExit(Buffer.from([1, 9, 1]))).toEqual({ code: 0, signal: 9, oomKilled: true });
    expect(
      decodeWindow(createFrameParser()(encodeWindow(1, 2, 70_000))[0]?.payload ?? Buffer.alloc(0)),
    ).toEqual({
      stream: 2,
      bytes: 70_000,
    });
    const error = Buffer.from("\x01\x06\0\0\0no-way\x02\x03\0\0\0why", "latin1");
    expect(() => decodeError(Buffer.from("\x01\x06\0\0\0NO-WAY", "latin1"))).toThrow(ProtocolError);
    expect(decodeError(error)).toEqual({ code: "no-way", message: "why" });
  });

  it("cause only ProtocolError if they are malformed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        for (const decode of [decodeHello, decodeError, decodeExit, decodeWindow]) {
          try {
            decode(Buffer.from(bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        }
      }),
    );
  });
});
