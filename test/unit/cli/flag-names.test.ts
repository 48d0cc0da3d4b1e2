import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { flagOf } from "../../../src/cli/flags/flag-of.js";
import { BoxError } from "../../../src/errors.js";
import { resolveWords } from "./resolve.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "box-flags-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function refusalOf(words: string[]): Promise<string> {
  try {
    await resolveWords([...words, "alpine"]);
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    return error.subject === undefined ? error.message : `${flagOf(error.subject)}: ${error.reason}`;
  }
  return "";
}

describe("an invalid value", () => {
  it.each([
    ["-p", "x"],
    ["-v", "x"],
    ["--mount", "type=bind"],
    ["--mount", "type=tmpfs,target=/a,tmpfs-size=x"],
    ["--tmpfs", "x"],
    ["--tmpfs", "/a:size=x"],
    ["--network", "a b"],
    ["--network-alias", "-"],
    ["--ip", "x"],
    ["--link", ":"],
    ["--dns", "x"],
    ["--dns-search", "a b"],
    ["--dns-option", "A"],
    ["--add-host", "x"],
    ["--cap-add", "x"],
    ["--cap-drop", "x"],
    ["--security-opt", "x"],
    ["--device", "x"],
    ["--sysctl", "x"],
    ["--tee", "x"],
    ["--ulimit", "x"],
    ["--cpuset-cpus", "x"],
    ["-m", "x"],
    ["--memory-swap", "x"],
    ["--memory-reservation", "x"],
    ["--shm-size", "x"],
    ["--timeout", "x"],
    ["-e", "=x"],
    ["--sidecar-env", "=x"],
    ["-l", "=x"],
    ["-h", "-"],
    ["-w", "x"],
    ["-u", "a b"],
    ["--stop-signal", "x"],
    ["--restart", "x"],
    ["--log-driver", "x"],
    ["--log-opt", "x=1"],
    ["--expose", "x"],
    ["--expose", "80:80"],
    ["--domainname", "a b"],
    ["--oom-score-adj", "1001"],
    ["--cpus", "0.001"],
    ["--ipc", "host"],
    ["--cgroupns", "host"],
    ["--isolation", "hyperv"],
    ["-a", "x"],
    ["--log-opt", "max-size=x"],
    ["--health-interval", "x"],
    ["--health-timeout", "x"],
    ["--health-start-period", "x"],
    ["--platform", "a b"],
  ])("is reported with its flag: %s %s", async (flag, value) => {
    expect(await refusalOf([flag, value])).toMatch(new RegExp(`^${flag}: (max-size: |tmpfs-size: )?"`));
  });

  it("in a further network is reported with its flag", async () => {
    const further = (network: string) => refusalOf(["--network", "shop", "--network", network]);
    expect(await further("name=back,ip=x")).toBe('--network: "x" is not an IPv4 address');
    expect(await further("none")).toMatch(/^container cannot be connected to multiple networks/);
  });

  it.each(["--env-file", "--label-file"])(
    "in a file is reported with flag, file and line: %s",
    async (flag) => {
      const path = join(folder, "values");
      writeFileSync(path, "A=1\n=2\n");
      expect(await refusalOf([flag, path])).toMatch(new RegExp(`^${flag} "${path}": line 2 has no name`));
    },
  );

  it.each([
    ["portMap", ["x"]],
    ["volumes", ["type=bind"]],
    ["tmpfs", ["x"]],
    ["dns", ["search a b"]],
    ["capAdd", ["x"]],
    ["securityOpt", ["x"]],
    ["resourceLimits.ulimits", ["x"]],
    ["resourceLimits.cpusetCpus", "x"],
    ["extraEnv", [["A=", "1"]]],
  ])("in a configuration is reported with its field: %s", async (field, value) => {
    const path = join(folder, "config.json");
    const [first = "", second] = field.split(".");
    writeFileSync(path, JSON.stringify({ [first]: second === undefined ? value : { [second]: value } }));
    expect(await refusalOf(["--config", path])).toMatch(new RegExp(`^--config "${path}": ${field}: "`));
  });
});
