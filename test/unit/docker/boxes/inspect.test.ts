import { describe, expect, it } from "vitest";
import { BoxConfig } from "../../../../src/config/box-config.js";
import { BoxOptions } from "../../../../src/config/box-options.js";
import { describeBox } from "../../../../src/docker/boxes/inspect.js";
import { createInspector } from "../../../../src/docker/format.js";
import { toJson, writeJson } from "../../../../src/docker/go/json.js";
import { inspectBox } from "../../../../src/engine/boxes/inspect.js";
import type { Box } from "../../../../src/vm/box/find.js";
import type { BoxRecord, BoxState } from "../../../../src/vm/box/record.js";
import { currentHome } from "../../current.js";
import { boxRecord, GUEST, PROCESS } from "../../vm/record.js";
import { recorded } from "../recorded.js";
import docker from "./keys.json" with { type: "json" };

const ID = "0123456789ab".padEnd(64, "c");
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

interface Given {
  config?: object;
  options?: object;
  image?: BoxRecord["image"]["config"];
  record?: Partial<BoxRecord>;
  state?: BoxState;
}

function box({
  config,
  options,
  image = { Env: [PATH] },
  record,
  state = { status: "created" },
}: Given): Box {
  const made = boxRecord("one", {
    id: ID,
    config: BoxConfig.parse({ image: "busybox", ...config }),
    options: BoxOptions.parse(options ?? {}),
    image: { reference: "x", digest: "sha256:0", id: `sha256:${"b".repeat(64)}`, disk: "/x", config: image },
    guest: { ...GUEST, hostname: ID.slice(0, 12) },
    ...record,
  });
  return { folder: "/nowhere", record: made, state };
}

const inspected = (given: Given) => describeBox(inspectBox(currentHome(), box(given)));
const typed = (given: Given) => JSON.parse(writeJson(toJson(inspected(given)))) as Record<string, unknown>;
const sent = (given: Given) =>
  JSON.parse(writeJson(toJson(inspected(given), { sent: true }))) as Record<string, unknown>;

async function shown(format: string, given: Given): Promise<string> {
  const inspector = await createInspector(format);
  inspector.add(inspected(given));
  return inspector.result();
}

/** Docker's output in a case of test/diff, with the ID of this box. */
const answerOf = (name: string, command: string) =>
  recorded("create", name, command).replaceAll("<ID1.1>", ID).replaceAll("<id1.1>", ID.slice(0, 12));

/** The paths of all keys, sorted; those of the items of a list together. */
function keysOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => keysOf(item, `${path}[]`)))];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const place = path === "" ? key : `${path}.${key}`;
    return [place, ...keysOf(item, place)];
  });
}

const ECHO = {
  config: { cmd: ["echo", "hello"] },
  record: { process: { ...PROCESS, argv: ["echo", "hello"] } },
};

describe("inspect of a box", () => {
  it("prints parts as Docker does, to the byte", async () => {
    for (const [name, part, given] of [
      ["inspect-config", "Config", ECHO],
      ["inspect-state", "State", {}],
      ["inspect-network-settings", "NetworkSettings", {}],
    ] as const) {
      const answer = answerOf(name, "docker inspect");
      expect(answer, name).toMatch(/^\{/);
      expect(await shown(`{{json .${part}}}`, given)).toBe(answer);
    }
  });

  it("has Docker's values of an unused HostConfig, except for those of the VM", async () => {
    const vm = {
      ...{ Memory: 2 ** 30, NanoCpus: 2e9, Runtime: "qemu" },
      MaskedPaths: expect.arrayContaining(["/proc/kcore"]) as string[],
    };
    const answer = JSON.parse(answerOf("inspect-host-config", "docker inspect")) as object;
    const own = JSON.parse(await shown("{{json .HostConfig}}", {})) as object;
    expect(own).toEqual({ ...answer, ...vm });
    expect(Object.keys(own)).toEqual(Object.keys(answer));
  });

  it("has no path of a log that is not kept", async () => {
    expect(await shown("{{.LogPath}}", {})).toMatch(/^\/nowhere\/.+$/);
    expect(await shown("{{.LogPath}}", { options: { logDriver: "none" } })).toBe("");
  });

  it("prints the whole in the form of Docker's engine, and its own configuration", () => {
    // The case leaves the paths of Docker's storage out.
    const [whole = {}] = JSON.parse(answerOf("inspect-whole", "sed ")) as Record<string, object>[];
    const { BoxConfig: own, GraphDriver: storage, ...others } = sent({ config: { cmd: ["true"] } });
    expect(storage).toEqual({ Data: null, Name: "overlay2" });
    expect(own).toMatchObject({ image: "busybox", cmd: ["true"] });
    expect(Object.keys(others)).toEqual(Object.keys(whole));
    for (const part of ["Config", "NetworkSettings", "State"])
      expect(JSON.stringify(others[part])).toBe(JSON.stringify(whole[part]));
    expect(Object.keys(others["HostConfig"] as object)).toEqual(Object.keys(whole["HostConfig"] ?? {}));
  });

  const full: Given = {
    config: {
      entrypointOverride: ["sleep"],
      cmd: ["1000"],
      volumes: [
        "/tmp:/x:ro",
        "vol:/y",
        "/anon",
        "type=bind,source=/tmp,target=/m,readonly",
        "type=volume,target=/mv,volume-nocopy",
      ],
      tmpfs: ["/t:size=1m"],
      portMap: ["8123:80", "127.0.0.1:8124:81/udp"],
      capAdd: ["NET_ADMIN", "CAP_BPF"],
      capDrop: ["all"],
      extraEnv: [["A", "b"]],
      dns: ["1.1.1.1", "search a.b", "options ndots:2"],
      securityOpt: ["no-new-privileges", "label=disable"],
      resourceLimits: { ulimits: ["nofile=10:20"], pidsLimit: 50, cpusetCpus: "0" },
      readOnly: true,
    },
    options: {
      labels: { x: "y" },
      restart: "on-failure:3",
      stopSignal: "TERM",
      stopTimeoutSecs: 5,
      logOpt: [["max-size", "1m"]],
      addHost: ["q:1.2.3.4"],
      sysctls: [["net.ipv4.ip_forward", "1"]],
      init: true,
      user: "1",
      workdir: "/w",
      stdin: true,
      tty: true,
      stdinOnce: false,
      groupAdd: ["5"],
      shmBytes: 2 ** 25,
      health: { cmd: ["CMD-SHELL", "true x"], intervalSecs: 3 },
    },
    image: { Env: [PATH, "A=a"], Labels: { x: "image", z: "1" }, ExposedPorts: { "99/tcp": {} } },
    record: {
      namedVolumes: [
        { name: "vol", anonymous: false },
        { name: "a".repeat(64), anonymous: true },
        { name: "b".repeat(64), anonymous: true },
      ],
      ports: [
        { address: "", hostPort: 8123, guestPort: 80, protocol: "tcp" },
        { address: "127.0.0.1", hostPort: 8124, guestPort: 81, protocol: "udp" },
      ],
    },
    state: {
      status: "running",
      pid: 7,
      startedAt: "2026-01-01T00:00:00.5Z",
      health: { status: "starting", failingStreak: 0, log: [] },
    },
  };

  it("has every key that Docker has", () => {
    const own = (all: Record<string, unknown>) =>
      keysOf({ ...all, BoxConfig: undefined })
        .filter((key) => key !== "BoxConfig")
        .sort();
    // Those that the container on Docker had no reason to have.
    const more = ["VolumeOptions", "VolumeOptions.NoCopy"].map((key) => `HostConfig.Mounts[].${key}`);
    const extra = ["Config.Labels.z", "Config.Volumes./mv"];
    const withMore = (keys: string[]) => [...docker.both, ...keys, ...more, ...extra].sort();
    expect(own(typed(full))).toEqual(withMore(docker.typed));
    expect(own(sent(full))).toEqual(withMore(docker.sent));
  });

  it("merges what the image gives, and shows what was asked for", () => {
    expect(typed(full)).toMatchObject({
      Name: "/one",
      State: { Pid: 7, StartedAt: "2026-01-01T00:00:00.500000000Z", Health: { Status: "starting", Log: [] } },
      Config: {
        Env: ["A=b", PATH],
        Labels: { x: "y", z: "1" },
        Entrypoint: ["sleep"],
        Cmd: ["1000"],
        Healthcheck: { Test: ["CMD-SHELL", "true x"], Interval: 3e9 },
        ExposedPorts: { "80/tcp": {}, "81/udp": {}, "99/tcp": {} },
        Volumes: { "/anon": {} },
        StopTimeout: 5,
      },
      HostConfig: {
        Binds: ["/tmp:/x:ro", "vol:/y"],
        PortBindings: {
          "80/tcp": [{ HostIp: "", HostPort: "8123" }],
          "81/udp": [{ HostIp: "127.0.0.1", HostPort: "8124" }],
        },
        CapAdd: ["CAP_BPF", "CAP_NET_ADMIN"],
        CapDrop: ["ALL"],
        Dns: ["1.1.1.1"],
        DnsSearch: ["a.b"],
        DnsOptions: ["ndots:2"],
        ExtraHosts: ["q:1.2.3.4"],
        SecurityOpt: ["no-new-privileges", "label=disable"],
        RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
        LogConfig: { Type: "json-file", Config: { "max-size": "1m" } },
        Tmpfs: { "/t": "size=1m" },
        Ulimits: [{ Name: "nofile", Hard: 20, Soft: 10 }],
        PidsLimit: 50,
        Init: true,
      },
      NetworkSettings: {
        Ports: {
          "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "8123" }],
          "81/udp": [{ HostIp: "127.0.0.1", HostPort: "8124" }],
          "99/tcp": null,
        },
      },
    });
  });

  it("prints values as Go does", async () => {
    const format =
      "{{.Config.Healthcheck.Interval}} {{.Config.Entrypoint}} {{.HostConfig.Init}} {{.HostConfig.NetworkMode}} {{len .Mounts}} {{.Config.Labels}}";
    expect(await shown(format, full)).toBe("3s [sleep] true default 5 map[x:y z:1]");
    expect(await shown("{{.State.Health}} {{.HostConfig.PidsLimit}}", {})).toBe("<nil> <nil>");
    expect(await shown('{{(index .NetworkSettings.Ports "80/tcp" 0).HostPort}}', full)).toBe("8123");
    expect(await shown("{{range $port, $_ := .Config.ExposedPorts}}{{$port}} {{end}}", full)).toBe(
      "80/tcp 81/udp 99/tcp ",
    );
  });

  it("shows sizes only if they were measured", () => {
    const measured = { ...inspectBox(currentHome(), box({})), bytes: { layer: 5, image: 100 } };
    const sizes = JSON.parse(writeJson(toJson(describeBox(measured)))) as Record<string, unknown>;
    expect(sizes).toMatchObject({ SizeRw: 5, SizeRootFs: 105 });
    expect(typed({})).not.toHaveProperty("SizeRw");
  });
});
