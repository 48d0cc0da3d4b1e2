import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BoxConfig } from "../../../src/config/box-config.js";
import { BoxOptions } from "../../../src/config/box-options.js";
import { resolveAvailable, resolveWords } from "./resolve.js";

const CWD = process.cwd();
const FLAGS: [string[], Partial<BoxConfig>][] = [
  [["--workspace", "src"], { workspace: join(CWD, "src") }],
  [["--log-level", "debug"], { logLevel: "debug" }],
  [["--debug-grpc"], { debugGrpc: true }],
  [
    ["--tee", "sev_snp,workload-id=a,generation=genoa,simulate"],
    { tee: { kind: "sev_snp", workloadId: "a", generation: "genoa", simulate: true } },
  ],
  [["--tee", "tdx,workload-id=a"], { tee: { kind: "tdx", workloadId: "a", simulate: false } }],
  [["--entrypoint", "sh"], { entrypointOverride: ["sh"] }],
  [["--entrypoint", ""], { entrypointOverride: [] }],
  [["-v", "./a:/b:ro", "-v", "data:/d"], { volumes: [`${CWD}/a:/b:ro`, "data:/d"] }],
  [
    ["--mount", "type=bind,src=/a,dst=/b", "--mount", "type=tmpfs,dst=/t,tmpfs-size=1m", "--tmpfs", "/u"],
    { volumes: ["type=bind,source=/a,target=/b"], tmpfs: ["/u", "/t:size=1048576"] },
  ],
  [
    ["-e", "A=1", "-e", "B=", "-e", "NOT_SET_HERE"],
    {
      extraEnv: [
        ["A", "1"],
        ["B", ""],
        ["NOT_SET_HERE", null],
      ],
    },
  ],
  [["-p", "8080:80", "-p", "[::1]:53:53/udp"], { portMap: ["8080:80", "[::1]:53:53/udp"] }],
  [
    ["--dns", "1.1.1.1", "--dns-search", "example.com", "--dns-option", "ndots:2", "--dns-opt", "rotate"],
    { dns: ["1.1.1.1", "search example.com", "options ndots:2", "options rotate"] },
  ],
  [["--network", "none"], { network: "none" }],
  [["--network", "default"], { network: "tsi" }],
  [["--ipc", "private", "--cgroupns=private", "--isolation=default", "--disable-content-trust"], {}],
  [["-a", "stdout", "--attach=STDERR"], {}],
  [["--net", "bridge:mine"], { network: "bridge:mine" }],
  [["--cap-add", "net_admin", "--cap-add", "ALL"], { capAdd: ["CAP_NET_ADMIN", "ALL"] }],
  [["--cap-drop", "all"], { capDrop: ["ALL"] }],
  [
    ["--security-opt", "no-new-privileges", "--security-opt", "seccomp=p.json"],
    { securityOpt: ["no-new-privileges=true", `seccomp=${CWD}/p.json`] },
  ],
  [["--privileged", "--cap-drop", "KILL"], { privileged: true, capDrop: ["CAP_KILL"] }],
  [["--read-only"], { readOnly: true }],
  [
    ["--sidecar", "redis", "--sidecar-env", "A=1", "--sidecar-port", "6379"],
    { sidecar: { image: "redis", vsockPort: 6379, env: [["A", "1"]] } },
  ],
  [["--persistent=false"], { persistent: false }],
  [["--persistent"], { persistent: true }],
];

const RESOURCES: [string[], Partial<BoxConfig["resources"]>][] = [
  [["--cpus", "4"], { vcpus: 4 }],
  [["--cpus", "2.0"], { vcpus: 2 }],
  [["--cpus", "0.5"], { vcpus: 1 }],
  [["--cpus", "1.25"], { vcpus: 2 }],
  [["-m", "1.5g"], { memoryMb: 1536 }],
  [["--storage-opt", "size=10G"], { diskMb: 10_240 }],
  [["--timeout", "90"], { timeout: 90 }],
  [["--timeout", "1h"], { timeout: 3600 }],
  [[], { timeout: 0 }],
];

const LIMITS: [string[], Partial<BoxConfig["resourceLimits"]>][] = [
  [["--pids-limit", "100"], { pidsLimit: 100 }],
  [["--pids-limit", "0"], { pidsLimit: -1 }],
  [["--pids-limit", "-1"], { pidsLimit: -1 }],
  [["--cpuset-cpus", "1-2,0"], { cpusetCpus: "0-2" }],
  [
    ["--ulimit", "nofile=1", "--ulimit", "core=0", "--ulimit", "nofile=2:3"],
    { ulimits: ["nofile=2:3", "core=0:0"] },
  ],
  [["--cpu-shares", "512"], { cpuShares: 512 }],
  [["--memory-swap", "2g", "-m", "1g"], { memorySwap: 2 ** 31 }],
  [["--cpu-shares", "0"], { cpuShares: null }],
  [["--cpu-quota", "50000", "--cpu-period", "20000"], { cpuQuota: 50_000, cpuPeriod: 20_000 }],
  [["--cpu-quota", "-1"], { cpuQuota: -1 }],
  [["--memory-reservation", "512m"], { memoryReservation: 512 * 2 ** 20 }],

  [["--memory-swap", "-1"], { memorySwap: -1 }],
];

const OPTIONS: [string[], Partial<BoxOptions>][] = [
  [["--rm", "-it"], { autoRemove: true, stdin: true, tty: true }],
  [["-P"], { publishAll: true }],
  [["-l", "a=1", "--label", "b", "-l", "a=2"], { labels: { a: "2", b: "" } }],
  [
    ["-u", "1000:100", "--group-add", "adm", "--group-add", "7"],
    { user: "1000:100", groupAdd: ["adm", "7"] },
  ],
  [["-w", "/a/../b/"], { workdir: "/b" }],
  [["-h", "web"], { hostname: "web" }],
  [["--add-host", "db=[::1]", "--add-host", "up:host-gateway"], { addHost: ["db:::1", "up:host-gateway"] }],
  [["--init"], { init: true }],
  [["--cpus", "4"], { cpus: null }],
  [["--cpus", ".5"], { cpus: 0.5 }],
  [["--cpus", "0.5", "--cpus", "3"], { cpus: null }],
  [["--expose", "80", "--expose", "53/udp"], { expose: ["80", "53/udp"] }],
  [["--domainname", "example.org"], { domainname: "example.org" }],
  [["--oom-score-adj", "-500"], { oomScoreAdj: -500 }],
  [["--log-driver", "none"], { logDriver: "none" }],
  [["--device", "/dev/fuse"], { devices: ["/dev/fuse"] }],
  [["--shm-size", "1m"], { shmBytes: 2 ** 20 }],
  [["--sysctl", "net.core.somaxconn=1"], { sysctls: [["net.core.somaxconn", "1"]] }],
  [["--stop-signal", "SIGQUIT", "--stop-timeout", "-1"], { stopSignal: "SIGQUIT", stopTimeoutSecs: -1 }],
  [["--stop-signal", "RTMIN+3"], { stopSignal: "37" }],
  [["--restart", "on-failure:3"], { restart: "on-failure:3" }],
  [["--log-opt", "max-size=1m"], { logOpt: [["max-size", "1m"]] }],
  [
    ["--health-cmd", "true", "--health-interval", "1m", "--health-retries", "2"],
    {
      health: {
        cmd: ["CMD-SHELL", "true"],
        intervalSecs: 60,
        timeoutSecs: null,
        startPeriodSecs: null,
        retries: 2,
      },
    },
  ],
  [
    ["--no-healthcheck"],
    { health: { cmd: [], intervalSecs: null, timeoutSecs: null, startPeriodSecs: null, retries: null } },
  ],
];

describe("flags of a box", () => {
  const defaults = BoxConfig.parse({ image: "x", resources: { timeout: 0 }, persistent: true });

  it.each(FLAGS)("set its configuration: %j", async (words, expected) => {
    expect((await resolveWords([...words, "x"])).config).toEqual({ ...defaults, ...expected });
  });

  it.each(RESOURCES)("set its resources: %j", async (words, expected) => {
    expect((await resolveWords(["x", ...words])).config.resources).toEqual({
      ...defaults.resources,
      ...expected,
    });
  });

  it.each(LIMITS)("set its limits: %j", async (words, expected) => {
    const { config } = await resolveWords(["x", ...words]);
    expect(config.resourceLimits).toEqual({ ...defaults.resourceLimits, ...expected });
  });

  it.each(OPTIONS)("set its options: %j", async (words, expected) => {
    expect((await resolveWords([...words, "x"])).options).toEqual({ ...BoxOptions.parse({}), ...expected });
  });

  it("do not include those after the command", async () => {
    const { config } = await resolveWords(["x", "--rm", "sh", "-c", "exit 3", "--rm"]);
    const cmd = ["sh", "-c", "exit 3", "--rm"];
    expect(config).toEqual({ ...defaults, cmd, persistent: false });
  });
});

describe("files given by flags", () => {
  const folder = mkdtempSync(join(tmpdir(), "box-flags-"));
  const file = (name: string) => join(folder, name);
  beforeAll(() => {
    writeFileSync(file("a.env"), "A=file\nB=file\n");
    writeFileSync(file("b.env"), "B=second\n");
    writeFileSync(file("labels"), "a=file\nb=file\n");
    writeFileSync(
      file("box.yaml"),
      "image: nginx\nresources:\n  memoryMb: 512\n  timeout: 5\nextraEnv:\n  - [A, file]\n  - [B, file]\ncmd: [a, b]\nvolumes: [./x:/y]\n",
    );
    writeFileSync(file("box.json"), JSON.stringify({ image: "redis", capAdd: ["KILL"], network: "none" }));
    writeFileSync(file("typo.yaml"), "image: x\nresources:\n  memoryMB: 512\n");
    writeFileSync(file("wrong.yaml"), "volumes: [a:b:c:d]\n");
    writeFileSync(file("low.json"), '{"resources": {"vcpus": 0}}');
    writeFileSync(file("quota.json"), '{"resourceLimits": {"cpuQuota": 999}}');
    writeFileSync(file("tee.json"), '{"tee": {"kind": "sgx"}}');
    writeFileSync(file("list.yaml"), "- image\n");
    writeFileSync(file("broken"), "{");
    writeFileSync(file("pair.json"), '{"extraEnv": [["A"]]}');
    writeFileSync(file("half.json"), '{"resources": {"vcpus": 1.5}}');
    writeFileSync(file("kind.json"), '{"tee": {"kind": "sev"}}');
    writeFileSync(file("lost.json"), '{"record": {"labels": {"__proto__": "x"}}}');
    writeFileSync(file("brackets.yaml"), "[".repeat(100_000));
    writeFileSync(file("dashes.yaml"), "- ".repeat(20_000));
    writeFileSync(file("open.yaml"), "image: 'x\n");
    writeFileSync(file("bomb.yaml"), "a: &a [x]\nimage: *a\n");
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const resolve = async (...words: string[]) => (await resolveWords(words)).config;

  it("set variables and labels, which -e and -l override", async () => {
    const { config, options } = await resolveWords([
      ...["-e", "A=flag", "--env-file", file("a.env"), "--env-file", file("b.env")],
      ...["-l", "a=flag", "--label-file", file("labels"), "x"],
    ]);
    expect(Object.fromEntries(config.extraEnv)).toEqual({ A: "flag", B: "second" });
    expect(options.labels).toEqual({ a: "flag", b: "file" });
  });

  it("refuse a label named __proto__ instead of losing it", async () => {
    await expect(resolveWords(["-l", "__proto__=x", "nginx"])).rejects.toMatchObject({
      subject: "record.labels",
      reason: 'cannot have the name "__proto__"',
    });
  });

  it("set a configuration in YAML or JSON, which flags override", async () => {
    const yaml = await resolve("--config", file("box.yaml"));
    expect(yaml).toMatchObject({
      image: "nginx",
      cmd: ["a", "b"],
      resources: { vcpus: 2, memoryMb: 512, timeout: 5 },
      volumes: [`${CWD}/x:/y`],
    });
    const flags = await resolve(
      ...["--config", file("box.yaml"), "-m", "1g", "-e", "B=flag", "-v", "/p:/q", "alpine", "sh"],
    );
    expect(flags).toMatchObject({ image: "alpine", cmd: ["sh"], resources: { memoryMb: 1024, timeout: 5 } });
    expect(Object.fromEntries(flags.extraEnv)).toEqual({ A: "file", B: "flag" });
    expect(flags.volumes).toEqual([`${CWD}/x:/y`, "/p:/q"]);
    const json = await resolve("--config", file("box.json"), "--network", "tsi", "--cap-add", "CHOWN");
    expect(json).toMatchObject({ image: "redis", network: "tsi", capAdd: ["CAP_KILL", "CAP_CHOWN"] });
  });

  it.each([
    ["typo.yaml", "memoryMB", "did you mean memoryMb?"],
    ["wrong.yaml", "a:b:c:d"],
    ["low.json", "resources.vcpus: 0 is less than 1"],
    ["quota.json", "resourceLimits.cpuQuota"],
    ["tee.json", "tee"],
    ["list.yaml", "is not an object"],
    ["broken", "neither JSON nor YAML"],
    ["pair.json", "extraEnv[0] has fewer than 2 entries"],
    ["half.json", "resources.vcpus: 1.5 is not a whole number"],
    ["kind.json", 'tee.kind: "sev" is not one of none, sev_snp, tdx'],
    ["lost.json", 'record.labels: cannot have the name "__proto__"'],
    ["brackets.yaml", 'brackets.yaml": is nested too deeply'],
    ["dashes.yaml", 'dashes.yaml": is nested too deeply'],
    ["open.yaml", "neither JSON nor YAML"],
    ["bomb.yaml", "neither JSON nor YAML"],
    ["missing", "cannot be read: no such file or directory"],
    [".", "cannot be read: is a directory"],
  ])("are named in errors: %s", async (name, named, hint?: string) => {
    const error: unknown = await resolve("--config", file(name), "x").catch((e: unknown) => e);
    expect(error).toMatchObject({ message: expect.stringContaining(named) as string });
    expect(error).toMatchObject({ message: expect.stringMatching(/^--config "[^\n]*[^:\n]$/) as string });
    if (hint !== undefined) expect(error).toMatchObject({ hint });
  });
});

describe("amounts of memory", () => {
  it.each([
    ["--memory-swap 2g", "You should always set the Memory limit when using Memoryswap limit, see usage"],
    ["-m 1g --memory-swap 512m", "Minimum memoryswap limit should be larger than memory limit, see usage"],
    [
      "-m 1g --memory-reservation 2g",
      "Minimum memory limit can not be less than memory reservation limit, see usage",
    ],
  ])("that do not fit together are refused in Docker's words: %s", async (line, message) => {
    const error: unknown = await resolveWords([...line.split(" "), "x"]).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "invalid-limit", message });
  });

  it.each(["--memory-swap -1", "--memory-swap 0", "-m 1g --memory-swap 1g", "--shm-size 7p"])(
    "are accepted as by Docker: %s",
    async (line) => {
      await expect(resolveWords([...line.split(" "), "x"])).resolves.toBeDefined();
    },
  );
});

describe("conflicting flags", () => {
  it.each([
    ["--rm --restart always", ["--rm", "--restart"]],
    ["--network none -p 80:80", ["-p", "--network none"]],
    ["--network none -P", ["-P", "--network none"]],
    ["--no-healthcheck --health-retries 1", ["--health-retries", "--no-healthcheck"]],
    ["--rm --persistent", ["--rm", "--persistent"]],
    ["--sidecar-env A=1", ["--sidecar-env"]],
    ["--sidecar-port 80", ["--sidecar-port"]],
    ["--format json", ["--format", "--dry-run"]],
  ])("are refused with an error that names them: %s", async (line, named) => {
    const error: unknown = await resolveWords([...line.split(" "), "x"]).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "flag-conflict" });
    for (const name of named) expect((error as Error).message).toContain(name);
  });

  it.each([
    "--privileged --cap-drop ALL",
    "--rm --restart no",
    "--read-only --tmpfs /x",
    "--rm=false --restart=no",
  ])("do not include: %s", async (line) => {
    await expect(resolveAvailable([...line.split(" "), "x"])).resolves.toBeUndefined();
  });
});

describe("a feature that is not available yet", () => {
  it("is checked, then refused", async () => {
    await expect(resolveAvailable(["--tee", "tdx,workload-id=a", "x"])).rejects.toMatchObject({
      code: "not-available",
      message: expect.stringContaining("not available yet") as string,
    });
  });

  it("is reported as invalid if its value is", async () => {
    await expect(resolveAvailable(["--tee", "sgx", "x"])).rejects.toThrow('--tee: "sgx"');
    await expect(resolveAvailable(["--restart", "maybe", "x"])).rejects.toThrow('--restart: "maybe"');
  });
});
