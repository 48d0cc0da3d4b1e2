import { describe, expect, it } from "vitest";
import { parseAddHost } from "../../../../../src/config/syntax/add-host.js";
import { parseDevice } from "../../../../../src/config/syntax/device.js";
import { isInit } from "../../../../../src/vm/box/resolve/argv.js";
import {
  capabilityMask,
  DEFAULT_CAPABILITIES,
  resolveCapabilities,
} from "../../../../../src/vm/box/resolve/capabilities.js";
import { hostsFile } from "../../../../../src/vm/box/resolve/hosts.js";
import { resolveDevices, sysctlPath } from "../../../../../src/vm/box/resolve/kernel.js";
import { resolveLimits, resolvePidsLimit } from "../../../../../src/vm/box/resolve/limits.js";
import { resolveSecurity } from "../../../../../src/vm/box/resolve/security.js";
import { isSystemd, systemdTmpfs } from "../../../../../src/vm/box/resolve/systemd.js";
import { addressOf, userNetwork } from "../../../../../src/net/guest-network.js";
import { boxSpec } from "../../../box-spec.js";

const mask = (capAdd: string[], capDrop: string[], privileged = false) =>
  capabilityMask(resolveCapabilities(boxSpec({ capAdd, capDrop, privileged }))).toString(16);

describe("resolveCapabilities", () => {
  it.each([
    [[], [], "a80425fb"],
    [["NET_ADMIN"], ["chown"], "a80435fa"],
    [["CHOWN"], ["CAP_CHOWN"], "a80425fb"],
    [["CHOWN", "SYS_ADMIN"], ["ALL"], "200001"],
    [["ALL"], [], "1ffffffffff"],
    [["ALL"], ["SYS_ADMIN"], "1ffffdfffff"],
    [["ALL"], ["ALL"], "1ffffffffff"],
    [[], ["ALL"], "0"],
  ])("returns the same as Docker for --cap-add %j --cap-drop %j", (add, drop, expected) => {
    expect(mask(add, drop)).toBe(expected);
  });

  it("returns all for a privileged box, whatever it drops", () => {
    expect(mask([], ["ALL"], true)).toBe("1ffffffffff");
    expect(DEFAULT_CAPABILITIES).toHaveLength(14);
  });
});

describe("limits", () => {
  it("have the kernel's numbers, and the last value of a name wins", () => {
    const ulimits = ["nofile=1:2", "core=-1", "nofile=3:4"];
    expect(resolveLimits(boxSpec({ resourceLimits: { ulimits } }).resourceLimits.ulimits)).toEqual([
      { resource: 7, soft: 3, hard: 4 },
      { resource: 4, soft: -1, hard: -1 },
    ]);
    expect([null, -1, 0, 5].map(resolvePidsLimit)).toEqual([null, null, null, 5]);
  });
});

describe("resolveSecurity", () => {
  const security = (securityOpt: string[], privileged = false) =>
    resolveSecurity(boxSpec({ securityOpt, privileged }));

  it("has Docker's defaults", () => {
    expect(security([])).toEqual({ noNewPrivileges: false, openPaths: false, seccomp: "default" });
    expect(security([], true)).toEqual({ noNewPrivileges: false, openPaths: true, seccomp: "unconfined" });
  });

  it("lets the last value win; a privileged box may still have a profile", () => {
    expect(security(["no-new-privileges", "no-new-privileges=false"]).noNewPrivileges).toBe(false);
    expect(security(["seccomp=unconfined", "seccomp=/p.json"], true).seccomp).toBe("/p.json");
    expect(security(["systempaths=unconfined"]).openPaths).toBe(true);
  });
});

describe("the kernel of a box", () => {
  it.each([
    ["net.core.somaxconn", "net/core/somaxconn"],
    ["net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding"],
    ["net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding"],
  ])("has the setting %s at %s", (name, path) => {
    expect(sysctlPath(name)).toBe(path);
  });

  it("provides its own devices, and none of the host", () => {
    expect(resolveDevices([parseDevice("/dev/net/tun:/dev/tun:r")])).toEqual([
      { name: "net/tun", path: "/dev/tun", read: true, write: false },
    ]);
    for (const device of ["/dev/kvm", "/dev/sda", "/dev/fuse/../sda", "/dev/vdc", "/etc/passwd"]) {
      expect(() => resolveDevices([parseDevice(device)]), device).toThrow(/record\.devices/);
    }
  });
});

describe("hostsFile", () => {
  it("contains what Docker's does, in Docker's order: local names, the user's hosts, the box with its short name", () => {
    const added = ["db:10.0.0.5", "host:host-gateway"].map(parseAddHost);
    const lines = hostsFile("a.b", added, () => "10.0.2.2", "10.0.2.15").split("\n");
    expect(lines.slice(0, 2)).toEqual(["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback"]);
    expect(lines.slice(6)).toEqual(["10.0.0.5\tdb", "10.0.2.2\thost", "10.0.2.15\ta.b a", ""]);
    expect(hostsFile("a", [], () => "", "127.0.1.1").split("\n")[6]).toBe("127.0.1.1\ta");
  });

  it("gives the box's name the address of its interface, or one on loopback if it has none", () => {
    expect(addressOf(userNetwork())).toBe("10.0.2.15");
    expect(addressOf(null)).toBe("127.0.1.1");
  });
});

describe("isInit", () => {
  it("recognizes programs that need to be process 1", () => {
    const programs = ["/init", "/usr/bin/tini", "/sbin/init", "init.sh", "/bin/sh", "nginx"];
    expect(programs.map((program) => isInit([program]))).toEqual([true, true, true, false, false, false]);
  });
});

describe("isSystemd", () => {
  it.each([["/sbin/init"], ["/usr/lib/systemd/systemd", "--unit=x"], ["systemd"]])(
    "recognizes %j, as podman does",
    (...argv) => {
      expect(isSystemd(argv)).toBe(true);
      expect(systemdTmpfs(argv, ["/run"]).map(({ path }) => path)).toEqual(["/run/lock"]);
    },
  );

  it.each([["/bin/sh", "-c", "systemd-notify"], ["init"], ["nginx", "/sbin/init"], []])(
    "does not take %j for systemd",
    (...argv) => {
      expect(isSystemd(argv)).toBe(false);
      expect(systemdTmpfs(argv, [])).toEqual([]);
    },
  );
});
