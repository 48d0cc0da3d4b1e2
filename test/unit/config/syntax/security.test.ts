import { describe, expect, it } from "vitest";
import { CAPABILITIES, parseCapability } from "../../../../src/config/syntax/capability.js";
import { formatDevice, parseDevice } from "../../../../src/config/syntax/device.js";
import { formatSecurityOpt, parseSecurityOpt } from "../../../../src/config/syntax/security-opt.js";
import { formatSysctl, parseSysctl } from "../../../../src/config/syntax/sysctl.js";
import { expectRefusal, expectStable, strings } from "./property.js";

describe("parseCapability", () => {
  it.each([
    ["NET_ADMIN", "CAP_NET_ADMIN"],
    ["net_admin", "CAP_NET_ADMIN"],
    ["CAP_NET_ADMIN", "CAP_NET_ADMIN"],
    ["cap_Sys_Time", "CAP_SYS_TIME"],
    ["ALL", "ALL"],
    ["all", "ALL"],
  ])("reads %s as %s", (text, expected) => {
    expect(parseCapability(text)).toBe(expected);
  });

  it("numbers capabilities as the kernel does", () => {
    expect(CAPABILITIES).toHaveLength(41);
    const numbers = (
      ["CAP_CHOWN", "CAP_NET_RAW", "CAP_SYS_ADMIN", "CAP_SETFCAP", "CAP_CHECKPOINT_RESTORE"] as const
    ).map((name) => CAPABILITIES.indexOf(name));
    expect(numbers).toEqual([0, 13, 21, 31, 40]);
  });

  it.each([
    "",
    "CAP_",
    "CAP_ALL",
    "NET-ADMIN",
    "NET_ADMIN ",
    "CAP_CAP_KILL",
    "KıLL",
    "CHOWN\0",
    "toString",
    "0",
  ])("refuses %j and quotes it", (text) => {
    expectRefusal(parseCapability, text);
  });

  it("round-trips through the canonical notation", () => {
    expectStable(strings("CAP_", "kill", "NET_", "RAW", "all"), parseCapability, (capability) => capability);
  });
});

describe("parseSecurityOpt", () => {
  it.each([
    ["seccomp=unconfined", { kind: "seccomp", profile: "unconfined" }],
    ["seccomp:unconfined", { kind: "seccomp", profile: "unconfined" }],
    ["seccomp=default", { kind: "seccomp", profile: "default" }],
    ["seccomp=/a/profile=1.json", { kind: "seccomp", profile: "/a/profile=1.json" }],
    ["no-new-privileges", { kind: "no-new-privileges", value: true }],
    ["no-new-privileges:true", { kind: "no-new-privileges", value: true }],
    ["no-new-privileges=T", { kind: "no-new-privileges", value: true }],
    ["no-new-privileges=FALSE", { kind: "no-new-privileges", value: false }],
    ["no-new-privileges=false", { kind: "no-new-privileges", value: false }],
    ["systempaths=unconfined", { kind: "systempaths", value: "unconfined" }],
    ["label=disable", { kind: "meaningless", text: "label=disable" }],
    ["label:disable", { kind: "meaningless", text: "label=disable" }],
    ["apparmor=unconfined", { kind: "meaningless", text: "apparmor=unconfined" }],
  ])("reads %s", (text, expected) => {
    expect(parseSecurityOpt(text)).toEqual(expected);
  });

  it.each([
    "",
    "seccomp",
    "seccomp=",
    "systempaths=all",
    "systempaths:unconfined",
    "no-new-privileges=yes",
    "no-new-privileges=constructor",
    "label=level:s0:c100,c200",
    "label=type:svirt_apache_t",
    "apparmor=docker-default",
    "credentialspec=file://x",
    "writable-cgroups=true",
    "seccomp=\0",
  ])("refuses %j and quotes it", (text) => {
    expectRefusal(parseSecurityOpt, text);
  });

  it("round-trips through the canonical notation", () => {
    expectStable(
      strings("seccomp", "no-new-privileges", "label", "disable", "=", ":", "true", "/p"),
      parseSecurityOpt,
      formatSecurityOpt,
    );
  });
});

describe("parseDevice", () => {
  it.each([
    ["/dev/snd", { source: "/dev/snd", target: "/dev/snd", permissions: "rwm" }],
    ["/dev/snd:rw", { source: "/dev/snd", target: "/dev/snd", permissions: "rw" }],
    ["/dev/snd:/something", { source: "/dev/snd", target: "/something", permissions: "rwm" }],
    ["/dev/snd:/something:rw", { source: "/dev/snd", target: "/something", permissions: "rw" }],
    ["/dev/sda:/dev/xvdc:r", { source: "/dev/sda", target: "/dev/xvdc", permissions: "r" }],
  ])("reads %s", (text, expected) => {
    expect(parseDevice(text)).toEqual(expected);
  });

  it.each([
    "",
    ":/dev/x",
    "dev/snd",
    "/dev/snd:",
    "/dev/snd:/x:rr",
    "/dev/snd:/x:rwx",
    "/dev/snd:/x:r:w",
    "/dev/snd:x",
    "vendor.com/class=gpu0",
    "/dev/snd\0",
  ])("refuses %j and quotes it", (text) => {
    expectRefusal(parseDevice, text);
  });

  it("round-trips through the canonical notation", () => {
    expectStable(strings("/dev", "/x", ":", "r", "w", "m"), parseDevice, formatDevice);
  });
});

describe("parseSysctl", () => {
  it.each([
    ["net.ipv4.ip_forward=1", ["net.ipv4.ip_forward", "1"]],
    ["net/ipv4/conf/eth0/forwarding=1", ["net/ipv4/conf/eth0/forwarding", "1"]],
    ["kernel.sem=250 32000 100 128", ["kernel.sem", "250 32000 100 128"]],
  ])("reads %s", (text, expected) => {
    expect(parseSysctl(text)).toEqual(expected);
  });

  it.each([
    "",
    "=1",
    "net.x",
    "net=1",
    "../etc/x=1",
    "net..x=1",
    "/net/x=1",
    "net.x\0=1",
    "net.x=\0",
    "nét.x=1",
  ])("refuses %j and quotes it", (text) => {
    expectRefusal(parseSysctl, text);
  });

  it("round-trips through the canonical notation", () => {
    expectStable(strings("net", ".", "/", "=", "1"), parseSysctl, formatSysctl);
  });
});
