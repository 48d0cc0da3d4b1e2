import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoxError } from "../../../../src/errors.js";
import { formatPort, parsePort } from "../../../../src/config/syntax/port.js";

describe("parsePort", () => {
  it.each([
    ["8080:80", { address: "", hostPort: 8080, guestPort: 80, protocol: "tcp" }],
    ["80", { address: "", hostPort: 0, guestPort: 80, protocol: "tcp" }],
    ["0:80", { address: "", hostPort: 0, guestPort: 80, protocol: "tcp" }],
    ["127.0.0.1:8080:80", { address: "127.0.0.1", hostPort: 8080, guestPort: 80, protocol: "tcp" }],
    ["127.0.0.1::80", { address: "127.0.0.1", hostPort: 0, guestPort: 80, protocol: "tcp" }],
    ["::1:8080:80", { address: "::1", hostPort: 8080, guestPort: 80, protocol: "tcp" }],
    ["[::1]:8080:80/tcp", { address: "::1", hostPort: 8080, guestPort: 80, protocol: "tcp" }],
    ["target=80,published=8080", { address: "", hostPort: 8080, guestPort: 80, protocol: "tcp" }],
    [
      "published=127.0.0.1:53,target=53,protocol=udp,mode=host",
      { address: "127.0.0.1", hostPort: 53, guestPort: 53, protocol: "udp" },
    ],
    ["target=80", { address: "", hostPort: 0, guestPort: 80, protocol: "tcp" }],
    ["target=80,published=1,published=", { address: "", hostPort: 0, guestPort: 80, protocol: "tcp" }],
    ["53:53/udp", { address: "", hostPort: 53, guestPort: 53, protocol: "udp" }],
  ])("reads %s", (text, expected) => {
    expect(parsePort(text)).toEqual([expected]);
  });

  it("expands ranges to one binding per port", () => {
    const ports = parsePort("8000-8002:80-82").map(({ hostPort, guestPort }) => [hostPort, guestPort]);
    expect(ports).toEqual([
      [8000, 80],
      [8001, 81],
      [8002, 82],
    ]);
  });

  it("keeps a range of host ports for a single port of the box", () => {
    const text = "127.0.0.1:8000-8010:80/udp";
    const [binding] = parsePort(text);
    expect(binding).toMatchObject({ hostPort: 8000, hostLast: 8010, guestPort: 80 });
    expect(binding && formatPort(binding)).toBe(text);
  });

  it.each([
    "",
    ":",
    "x",
    "80:",
    "80:0",
    "65536:80",
    "80:65536",
    "1-3:1-2",
    "9-8:1-2",
    "a:1:2",
    "::g:80:80",
    "[::1]:80",
    "[zz]:1:2",
    "1:2:3:4",
    "80/sctp",
    "published=80",
    "target=80,published=8080,protocol=sctp",
    "target=80,published",
    "target=80,=8080",
    "TARGET=80",
    "protocol==,target=80",
    "80/tcp/x",
    "-1:80",
    "80 :80",
    "８０:80",
    "1e3:80",
  ])("refuses %j and quotes it", (text) => {
    expect(() => parsePort(text)).toThrow(BoxError);
    expect(() => parsePort(text)).toThrow(`"${text}"`);
  });

  it("parses what formatPort returns, and throws nothing but a BoxError", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const bindings = parsePort(text);
          for (const binding of bindings) expect(parsePort(formatPort(binding))).toEqual([binding]);
        } catch (error) {
          expect(error).toBeInstanceOf(BoxError);
        }
      }),
    );
    const address = fc.oneof(fc.constant(""), fc.ipV4(), fc.ipV6());
    const port = fc.integer({ min: 1, max: 65535 });
    fc.assert(
      fc.property(
        address,
        port,
        port,
        fc.constantFrom("tcp" as const, "udp" as const),
        (a, hostPort, guestPort, protocol) => {
          const binding = { address: a, hostPort, guestPort, protocol };
          expect(parsePort(formatPort(binding))).toEqual([binding]);
        },
      ),
    );
  });
});
