import { describe, expect, it } from "vitest";
import { BoxConfig } from "../../../src/config/box-config.js";
import { BoxOptions } from "../../../src/config/box-options.js";
import { parseBox, specOf } from "../../../src/config/parse-box.js";
import { BoxError } from "../../../src/errors.js";
import { boxSpec } from "../box-spec.js";

describe("parsing a box", () => {
  it("parses every value of a configuration", () => {
    expect(
      boxSpec({
        workspace: "/src",
        volumes: ["/a:/b:ro", "data:/d", "/anonymous", "type=bind,source=/m:n,target=/m"],
        tmpfs: ["/t:size=1m"],
        portMap: ["127.0.0.1:8080:80", "5000-5001:5000-5001/udp"],
        dns: ["192.0.2.1", "search a.test", "options ndots:2", "options rotate"],
        network: "bridge:shop",
        capAdd: ["net_admin"],
        capDrop: ["all"],
        securityOpt: ["no-new-privileges", "seccomp=/p.json"],
        resourceLimits: { ulimits: ["nofile=1", "nofile=2:3"], cpusetCpus: "0,2-3", pidsLimit: 0 },
      }),
    ).toMatchObject({
      mounts: [
        { kind: "bind", source: "/a", target: "/b", readOnly: true },
        { kind: "volume", source: "data", target: "/d" },
        { kind: "volume", source: "", target: "/anonymous" },
        { kind: "bind", source: "/m:n", target: "/m", createSource: false },
        { kind: "bind", source: "/src", target: "/workspace" },
        { kind: "tmpfs", target: "/t", options: ["size=1048576"] },
      ],
      portMap: [
        { address: "127.0.0.1", hostPort: 8080, guestPort: 80 },
        { hostPort: 5000, protocol: "udp" },
        { hostPort: 5001 },
      ],
      dns: { servers: ["192.0.2.1"], search: ["a.test"], options: ["ndots:2", "rotate"] },
      network: { mode: "bridge", name: "shop" },
      capAdd: ["CAP_NET_ADMIN"],
      capDrop: ["ALL"],
      securityOpt: [
        { kind: "no-new-privileges", value: true },
        { kind: "seccomp", profile: "/p.json" },
      ],
      resourceLimits: {
        ulimits: [{ name: "nofile", soft: 2n, hard: 3n }],
        cpusetCpus: [0, 2, 3],
        pidsLimit: -1,
      },
    });
  });

  it("parses every value of the record's options", () => {
    const { record } = boxSpec(
      {},
      {
        addHost: ["db:10.0.0.5"],
        devices: ["/dev/fuse"],
        restart: "on-failure:3",
        stopSignal: "RTMIN+3",
        logOpt: [["max-size", "1m"]],
        sysctls: [["net.core.somaxconn", "1"]],
      },
    );
    expect(record).toMatchObject({
      addHost: [{ name: "db", address: "10.0.0.5" }],
      devices: [{ source: "/dev/fuse", target: "/dev/fuse", permissions: "rwm" }],
      restart: { policy: "on-failure", maxRetries: 3 },
      stopSignal: 37,
      rotation: { maxBytes: 2 ** 20, maxFiles: 1 },
      sysctls: [["net.core.somaxconn", "1"]],
    });
  });

  it.each([
    ["portMap", { portMap: ["x"] }],
    ["volumes", { volumes: ["x"] }],
    ["volumes", { volumes: ["type=bind"] }],
    ["workspace", { workspace: "/a\0" }],
    ["tmpfs", { tmpfs: ["x"] }],
    ["dns", { dns: ["x"] }],
    ["capAdd", { capAdd: ["x"] }],
    ["capDrop", { capDrop: ["x"] }],
    ["securityOpt", { securityOpt: ["x"] }],
    ["cmd", { cmd: ["\0"] }],
    ["entrypointOverride", { entrypointOverride: ["\0"] }],
    ["extraEnv", { extraEnv: [["A=", "1"]] as [string, string][] }],
    ["sidecar.env", { sidecar: { image: "x", env: [["", "1"]] as [string, string][] } }],
    ["cache.cacheDir", { cache: { cacheDir: "/a\0" } }],
    ["resourceLimits.ulimits", { resourceLimits: { ulimits: ["x"] } }],
    ["resourceLimits.cpusetCpus", { resourceLimits: { cpusetCpus: "x" } }],
    ["resourceLimits.cpuQuota", { resourceLimits: { cpuQuota: 999 } }],
  ])("names %s as the subject of the error", (subject, config) => {
    expect(() => boxSpec(config)).toThrow(expect.objectContaining({ subject }) as Error);
  });

  it.each([
    ["labels", { labels: { "a b": "1" } }],
    ["labels", { labels: { "a=b": "1" } }],
    ["user", { user: "a b" }],
    ["groupAdd", { groupAdd: ["a,b"] }],
    ["workdir", { workdir: "x" }],
    ["hostname", { hostname: "a\nb" }],
    ["addHost", { addHost: ["a\nb:10.0.0.1"] }],
    ["devices", { devices: ["x"] }],
    ["sysctls", { sysctls: [["../x", "1"]] as [string, string][] }],
    ["sysctls", { sysctls: [["a.b=1", "1"]] as [string, string][] }],
    ["stopSignal", { stopSignal: "x" }],
    ["restart", { restart: "x" }],
    ["logOpt", { logOpt: [["max-size", "x"]] as [string, string][] }],
    ["logOpt", { logOpt: [["a", "1"]] as [string, string][] }],
    ["health.cmd", { health: { cmd: ["CMD", "\0"] } }],
  ])("names record.%s as the subject of the error", (field, record) => {
    expect(() => boxSpec({}, record)).toThrow(
      expect.objectContaining({ subject: `record.${field}` }) as Error,
    );
  });

  it.each([
    [["/a:/b", "/a:/b:rw"], [], ["/a"]],
    [["/b", "data:/b"], [], ["data"]],
    [["/b", "/b"], [], [""]],
    [["/b"], ["/b"], [undefined]],
    [[], ["/b", "/b:size=1m"], [undefined]],
  ])("ignores mounts that Docker ignores: %j %j", (volumes, tmpfs, sources) => {
    const { mounts } = boxSpec({ volumes, tmpfs });
    expect(mounts.map((mount) => (mount.kind === "tmpfs" ? undefined : mount.source))).toEqual(sources);
  });

  it.each([
    [{ volumes: ["/a:/b", "type=volume,target=/b"] }],
    [{ volumes: ["/a:/b"], tmpfs: ["/b"] }],
    [{ volumes: ["/a:/workspace"], workspace: "/src" }],
  ])("refuses two mounts with the same target: %j", (config) => {
    expect(() => boxSpec(config)).toThrow(expect.objectContaining({ code: "duplicate-mount" }) as Error);
  });
});

describe("a box in plain fields", () => {
  it("requires nothing but an image", () => {
    const { config, options, spec } = parseBox({ config: { image: "alpine" } });
    expect(config).toEqual(BoxConfig.parse({ image: "alpine" }));
    expect(options).toEqual(BoxOptions.parse({}));
    expect(spec).toMatchObject({ image: "alpine", mounts: [], portMap: [], network: { mode: "tsi" } });
  });

  it("resolves relative paths against the caller's directory, and keeps notations that do not depend on it", () => {
    const given = {
      config: {
        image: "oci:./layout:1",
        workspace: "src",
        volumes: ["./a:/b", "data:/d"],
        securityOpt: ["seccomp=p.json"],
        cache: { cacheDir: "cache" },
        capAdd: ["net_admin"],
        resourceLimits: { ulimits: ["nofile=1"], cpusetCpus: "2,0-1" },
      },
      options: { addHost: ["db=[::1]"], restart: "on-failure:0", stopSignal: "RTMIN+3", workdir: "/a/../b/" },
    };
    const box = parseBox({ ...given, cwd: "/work" });
    expect(box.config).toMatchObject({
      image: "oci:/work/layout:1",
      workspace: "/work/src",
      volumes: ["/work/a:/b", "data:/d"],
      securityOpt: ["seccomp=/work/p.json"],
      cache: { cacheDir: "/work/cache" },
      capAdd: ["CAP_NET_ADMIN"],
      resourceLimits: { ulimits: ["nofile=1:1"], cpusetCpus: "0-2" },
    });
    expect(box.options).toMatchObject({
      addHost: ["db:::1"],
      restart: "on-failure",
      stopSignal: "37",
      workdir: "/b",
    });
    // As another version of box, or this one after a reboot of the host, reads it from the record.
    const { config, options } = box;
    const read = JSON.parse(JSON.stringify({ config, options })) as typeof box;
    expect(specOf(read)).toEqual(box.spec);
    expect(parseBox({ ...read, cwd: "/elsewhere" })).toEqual(box);
  });

  it.each([
    [{ config: { image: "" } }, "image"],
    [{ config: { image: "x", resources: { vcpus: 0 } } }, "resources.vcpus: 0 is less than 1"],
    [{ config: { image: "x" }, options: { shmBytes: 0 } }, "record.shmBytes: 0 is less than 1"],
    [{ config: { image: "x" }, options: { restart: "x" } }, 'record.restart: "x"'],
    [{ config: { image: "UPPER" } }, "UPPER"],
    [{ config: { image: "x" }, options: { health: { cmd: ["wget x"] } } }, 'record.health.cmd: "wget x"'],
    [{ config: { image: "x" }, options: { health: { cmd: ["CMD"] } } }, 'record.health.cmd: "CMD"'],
  ])("refuses %j", (box, message) => {
    expect(() => parseBox(box)).toThrow(BoxError);
    expect(() => parseBox(box)).toThrow(message);
  });
});

describe("a record", () => {
  it("is parsed only once", () => {
    const box = parseBox({ config: { image: "x", volumes: ["/a:/b"] } });
    expect(specOf({ ...box })).toBe(box.spec);
    const record = { config: BoxConfig.parse({ image: "x" }), options: BoxOptions.parse({}) };
    expect(specOf(record)).toBe(specOf({ ...record }));
    const options = { ...record.options, restart: "always" };
    expect(specOf({ ...record, options }).record.restart.policy).toBe("always");
  });
});
