import { describe, expect, it } from "vitest";
import { formatAddHost, parseAddHost } from "../../../../src/config/syntax/add-host.js";
import { parseHostname } from "../../../../src/config/syntax/hostname.js";
import { parseLogOpt, toRotation } from "../../../../src/config/syntax/log-opt.js";
import { formatRestart, parseRestart } from "../../../../src/config/syntax/restart.js";
import { parseSignal } from "../../../../src/config/syntax/signal.js";
import { expectRefusal, expectStable, strings } from "./property.js";

describe("parseAddHost", () => {
  it.each([
    ["my-hostname:127.0.0.1", { name: "my-hostname", address: "127.0.0.1" }],
    ["my-hostname:::1", { name: "my-hostname", address: "::1" }],
    ["my-hostname=::1", { name: "my-hostname", address: "::1" }],
    ["my-hostname:[::1]", { name: "my-hostname", address: "::1" }],
    ["my-hostname=[2001:db8::33]", { name: "my-hostname", address: "2001:db8::33" }],
    ["docker:10.180.0.1", { name: "docker", address: "10.180.0.1" }],
    ["host.docker.internal:host-gateway", { name: "host.docker.internal", address: "host-gateway" }],
    ["host.docker.internal=host-gateway", { name: "host.docker.internal", address: "host-gateway" }],
  ])("reads %s", (text, expected) => {
    expect(parseAddHost(text)).toEqual(expected);
  });

  it.each([
    "",
    "x",
    "x:",
    ":1.2.3.4",
    "=1.2.3.4",
    "a b:1.2.3.4",
    "a\nb:1.2.3.4",
    "#a:1.2.3.4",
    "x:1.2.3",
    "x:256.1.1.1",
    "x:fe80::1%eth0",
    "::1=x",
    "x:1.2.3.4 evil",
    "x:host-gateway2",
  ])("refuses %j", (text) => {
    expectRefusal(parseAddHost, text);
  });

  it("round-trips through the canonical notation", () => {
    expectStable(
      strings("a", ":", "=", "::1", "[", "]", "1.2.3.4", "host-gateway"),
      parseAddHost,
      formatAddHost,
    );
  });
});

describe("parseHostname", () => {
  it("accepts names of letters, digits, dashes and dots", () => {
    for (const name of ["a", "web-1", "db.example.com", "x".repeat(64)])
      expect(parseHostname(name)).toBe(name);
  });

  it.each(["", "-a", "a-", "a..b", "a b", "x".repeat(65), "héllo", "a\nb", "a/b", ".", "ｗeb"])(
    "refuses %j",
    (text) => {
      expectRefusal(parseHostname, text);
    },
  );
});

describe("parseRestart", () => {
  it.each([
    ["no", { policy: "no", maxRetries: 0 }],
    ["always", { policy: "always", maxRetries: 0 }],
    ["unless-stopped", { policy: "unless-stopped", maxRetries: 0 }],
    ["on-failure", { policy: "on-failure", maxRetries: 0 }],
    ["on-failure:10", { policy: "on-failure", maxRetries: 10 }],
  ])("reads %s", (text, expected) => {
    expect(parseRestart(text)).toEqual(expected);
  });

  it.each([
    "",
    "yes",
    "always:1",
    "on-failure:",
    "on-failure:-1",
    "on-failure:x",
    ":1",
    "on-failure:1:2",
    "NO",
  ])("refuses %j", (text) => {
    expectRefusal(parseRestart, text);
  });

  it("round-trips through the canonical notation", () => {
    expectStable(strings("no", "always", "on-failure", ":", "3"), parseRestart, formatRestart);
  });
});

describe("parseLogOpt", () => {
  it("accepts max-size and max-file", () => {
    expect(parseLogOpt("max-size=10m")).toEqual(["max-size", "10m"]);
    expect(parseLogOpt("max-file=3")).toEqual(["max-file", "3"]);
    expect(parseLogOpt("max-size=-1")).toEqual(["max-size", "-1"]);
    expect(parseLogOpt("mode=blocking")).toEqual(["mode", "blocking"]);
    expect(() => parseLogOpt("compress=true")).toThrow('"compress=true" is not supported');
    expect(() => parseLogOpt("max-size=x")).toThrow('max-size: "x"');
  });

  it("defaults to five files of 20 MB", () => {
    expect(toRotation([])).toEqual({ maxBytes: 20 << 20, maxFiles: 5 });
    expect(toRotation([parseLogOpt("max-size=-1")])).toMatchObject({ maxBytes: Infinity });
    expect(toRotation([parseLogOpt("max-size=10k"), parseLogOpt("max-file=3")])).toEqual({
      maxBytes: 10_240,
      maxFiles: 3,
    });
  });

  it.each([
    "",
    "max-size",
    "max-size=0",
    "max-file=0",
    "max-file=-1",
    "tag=x",
    "compress=true",
    "mode=non-blocking",
  ])("refuses %j", (text) => {
    expectRefusal(parseLogOpt, text);
  });
});

describe("parseSignal", () => {
  it.each([
    ["TERM", 15],
    ["SIGTERM", 15],
    ["sigkill", 9],
    ["9", 9],
    ["SIGRTMIN", 34],
    ["SIGRTMIN+3", 37],
    ["RTMAX-1", 63],
    ["RTMAX", 64],
    ["64", 64],
  ])("reads %s", (text, number) => {
    expect(parseSignal(text)).toBe(number);
  });

  it.each(["", "0", "65", "-1", "SIGSIGTERM", "NOPE", "RTMIN+31", "ſigterm", "TERM\0", "RTMAX-31"])(
    "refuses %j",
    (text) => {
      expectRefusal(parseSignal, text);
    },
  );

  it("round-trips through the canonical notation", () => {
    expectStable(strings("SIG", "TERM", "RTMIN", "+", "3"), parseSignal, String);
  });
});
