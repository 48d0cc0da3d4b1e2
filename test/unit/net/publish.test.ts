import { describe, expect, it } from "vitest";
import { parseNetwork } from "../../../src/config/syntax/network.js";
import { parsePort } from "../../../src/config/syntax/port.js";
import { requestedPorts, checkAvailable, exposedPorts } from "../../../src/net/publish.js";
import { passtArguments } from "../../../src/net/passt.js";
import { loopbackAliases } from "../../../src/net/loopback-alias.js";

const tsi = parseNetwork("tsi");
const bridge = parseNetwork("bridge");
const asked = (...ports: string[]) => requestedPorts(ports.flatMap(parsePort), false, tsi);

describe("requestedPorts", () => {
  it("lets one port of the box have several on the host, and TCP and UDP the same number", () => {
    expect(asked("8080:80", "127.0.0.1:8081:80", "53:53/tcp", "53:53/udp")).toHaveLength(4);
  });

  it.each([
    [["8080:80", "8080:81"], "8080 is asked for twice"],
    [["53:53/udp", "5353:53/udp"], "UDP port 53 of the box is published twice"],
    [["1-5000:1-5000"], "5000 ports are more"],
  ])("refuses %j", (ports, message) => {
    expect(() => asked(...ports)).toThrow(message);
  });

  it("refuses ports without a network, by the option that asks for them", () => {
    expect(() => requestedPorts(parsePort("80:80"), false, parseNetwork("none"))).toThrow(
      /^`portMap` cannot/,
    );
    expect(() => requestedPorts([], true, parseNetwork("none"))).toThrow(/^`publishAll` cannot/);
  });
});

describe("exposedPorts", () => {
  it("gives what the image exposes free host ports, but for what is published, and skips what it does not know", () => {
    const exposed = exposedPorts(["80/tcp", "53/udp", "443", "132/sctp", "x"], asked("8080:80"));
    expect(exposed.map(({ guestPort, protocol, hostPort }) => [guestPort, protocol, hostPort])).toEqual([
      [53, "udp", 0],
      [443, "tcp", 0],
    ]);
  });
});

describe("checkAvailable", () => {
  it("refuses UDP with libkrun's TSI alone, and names the way out", () => {
    const udp = asked("53:53/udp");
    expect(() => checkAvailable("krun", tsi, udp)).toThrow("UDP port 53");
    expect(() => checkAvailable("krun", bridge, udp)).not.toThrow();
    expect(() => checkAvailable("qemu", tsi, udp)).not.toThrow();
  });

  it("refuses several host ports for one of the box's with libkrun's TSI alone", () => {
    const twice = asked("8080:80", "[::1]:8081:80");
    expect(() => checkAvailable("krun", tsi, twice)).toThrow("port 80 cannot be published twice");
    expect(() => checkAvailable("krun", bridge, twice)).not.toThrow();
    expect(() => checkAvailable("qemu", tsi, twice)).not.toThrow();
  });
});

describe("loopback aliases", () => {
  it("tell ports apart by their place, and use no number twice in a protocol", () => {
    const ports = asked("127.0.0.1:8080:80", "[::1]:8080:81", "1:82", "[::1]:8080:83/udp");
    expect(loopbackAliases(ports).map(({ address, port, guestPort }) => [address, port, guestPort])).toEqual([
      ["127.127.0.0", 8080, 80],
      ["127.127.0.1", 2, 81],
      ["127.127.0.2", 1, 82],
      ["127.127.0.3", 8080, 83],
    ]);
  });

  it("are what passt is told of", () => {
    const words = passtArguments(asked("[::1]:8080:80", "53:53/udp")).join(" ");
    expect(words).toContain("--tcp-ports 127.127.0.0/8080:80 --udp-ports 127.127.0.1/53:53");
  });
});
