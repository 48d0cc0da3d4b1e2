import { describe, expect, it } from "vitest";
import { parseNetwork } from "../../../src/config/syntax/network.js";
import { parsePort } from "../../../src/config/syntax/port.js";
import { requestedPorts, checkAvailable, exposedPorts } from "../../../src/net/publish.js";

const tsi = parseNetwork("tsi");
const bridge = parseNetwork("bridge");
const asked = (...ports: string[]) => requestedPorts(ports.flatMap(parsePort), false, tsi);

describe("requestedPorts", () => {
  it("accepts several host ports for one port of the box, and the same number for TCP and UDP", () => {
    expect(asked("8080:80", "127.0.0.1:8081:80", "53:53/tcp", "53:53/udp")).toHaveLength(4);
  });

  it.each([
    [["8080:80", "8080:81"], "8080 is published twice"],
    [["53:53/udp", "5353:53/udp"], "UDP port 53 of the box is published twice"],
    [["1-5000:1-5000"], "cannot publish 5000 ports"],
  ])("refuses %j", (ports, message) => {
    expect(() => asked(...ports)).toThrow(message);
  });

  it("rejects ports without a network, naming the option", () => {
    expect(() => requestedPorts(parsePort("80:80"), false, parseNetwork("none"))).toThrow(
      /^`portMap` cannot/,
    );
    expect(() => requestedPorts([], true, parseNetwork("none"))).toThrow(/^`publishAll` cannot/);
  });
});

describe("exposedPorts", () => {
  it("returns bindings for exposed ports that are not published, and ignores invalid ones", () => {
    const exposed = exposedPorts(["80/tcp", "53/udp", "443", "132/sctp", "x"], asked("8080:80"));
    expect(exposed.map(({ guestPort, protocol, hostPort }) => [guestPort, protocol, hostPort])).toEqual([
      [53, "udp", 0],
      [443, "tcp", 0],
    ]);
  });
});

describe("checkAvailable", () => {
  it("rejects UDP only with libkrun's TSI, and suggests an alternative", () => {
    const udp = asked("53:53/udp");
    expect(() => checkAvailable("krun", tsi, udp)).toThrow("UDP port 53");
    expect(() => checkAvailable("krun", bridge, udp)).not.toThrow();
    expect(() => checkAvailable("qemu", tsi, udp)).not.toThrow();
  });

  it("rejects several host ports for one port of the box only with libkrun's TSI", () => {
    const twice = asked("8080:80", "[::1]:8081:80");
    expect(() => checkAvailable("krun", tsi, twice)).toThrow("port 80 cannot be published twice");
    expect(() => checkAvailable("krun", bridge, twice)).not.toThrow();
    expect(() => checkAvailable("qemu", tsi, twice)).not.toThrow();
  });
});
