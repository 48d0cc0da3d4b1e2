import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { BoxConfig } from "../../../src/config/box-config.js";
import { BoxDocument } from "../../../src/config/box-document.js";
import { runProgram } from "../../../src/cli/program.js";

const BOX = join(import.meta.dirname, "../../../dist/box.js");
const folder = mkdtempSync(join(tmpdir(), "box-hostile-"));
const home = join(folder, "home");
const file = (name: string) => join(folder, name);
const HUGE = "x".repeat(10_000_000);
const FLAG_VALUES = [
  "\0",
  "a\0b",
  HUGE,
  "../../../../etc/passwd",
  "-1",
  "9".repeat(40),
  "１２",
  "\u202e\u0000",
  "",
];

/** Flags whose values have a notation: they accept none of the values above. */
const STRICT = [
  ...["--cpus", "-m", "--ulimit", "--cap-add", "--security-opt", "-p", "--network", "--dns", "--tmpfs", "-v"],
  ...["--mount", "--cpuset-cpus"],
];

const REFUSED: [string, string[]][] = [
  ["an image with a NUL byte", ["alp\0ine"]],
  ["an image of 10 MB", [HUGE]],
  ["an image that climbs", ["../../etc"]],
  ["an image with a look-alike", ["аlpine"]],
  ["an image of nothing", [""]],
  ["a name that climbs", ["--name", "../../x", "a"]],
  ["a name with a line break", ["--name", "a\nb", "a"]],
  ["a name with a look-alike", ["--name", "ｗeb", "a"]],
  ["a name of 10 MB", ["--name", HUGE, "a"]],
  ["a variable with a NUL byte", ["-e", "A=\0", "a"]],
  ["a variable without a name", ["-e", "=x", "a"]],
  ["a variable of 10 MB", ["-e", `A=${HUGE}`, "a"]],
  ["an argument with a NUL byte", ["a", "echo", "\0"]],
  ["an argument of 10 MB", ["a", "echo", HUGE]],
  ["an entrypoint with a NUL byte", ["--entrypoint", "a\0b", "a"]],
  ["a label with white space", ["-l", "a b=c", "a"]],
  ["an env file that does not exist", ["--env-file", file("none"), "a"]],
  ["an env file without an end", ["--env-file", "/dev/zero", "a"]],
  ["an env file that is a directory", ["--env-file", folder, "a"]],
  ["an env file whose name has a NUL byte", ["--env-file", "a\0", "a"]],
  ["an env file that is binary", ["--env-file", process.execPath, "a"]],
  ["a label file that is binary", ["--label-file", process.execPath, "a"]],
  ["a configuration without an end", ["--config", "/dev/zero", "a"]],
  ["a configuration that is binary", ["--config", process.execPath, "a"]],
  ["a configuration with __proto__", ["--config", file("proto.json"), "a"]],
  ["a configuration that nests deep", ["--config", file("deep.json"), "a"]],
  ["a configuration in YAML that nests deep", ["--config", file("deep.yaml"), "a"]],
  ["a configuration with an alias bomb", ["--config", file("bomb.yaml"), "a"]],
  ["a configuration with a volume on /", ["--config", file("root.json"), "a"]],
  ["a configuration with a NUL byte", ["--config", file("nul.json"), "a"]],
  ["a port beyond the last", ["-p", "65536:80", "a"]],
  ["a range that ends before it begins", ["-p", "9-1:9-1", "a"]],
  ["all ports from 0", ["-p", "0-65535:0-65535", "a"]],
  ["a range against a longer one", ["-p", "1-65535:1-2", "a"]],
  ["a mount on the root", ["-v", "/tmp:/x/..", "a"]],
  ["a mount on a path that climbs to the root", ["--mount", "type=bind,src=/tmp,dst=/a/../..", "a"]],
  ["a mount with half a quote", ["--mount", 'type=bind,"src=/tmp', "a"]],
  ["a tmpfs on the root", ["--tmpfs", "/..", "a"]],
  ["a tmpfs with foreign options", ["--tmpfs", "/x:upperdir=/etc", "a"]],
  ["a relative working directory", ["-w", "../x", "a"]],
  ["a user with a line break", ["-u", "root\nx", "a"]],
  ["a group with a colon", ["--group-add", "a:b", "a"]],
  ["a host name with a line break", ["-h", "a\nb", "a"]],
  ["a line of /etc/hosts with another in it", ["--add-host", "a:1.1.1.1\nb:2.2.2.2", "a"]],
  ["a search domain with another line in it", ["--dns-search", "a\nnameserver 6.6.6.6", "a"]],
  ["an option of resolv.conf with another line in it", ["--dns-option", "a\nnameserver 6.6.6.6", "a"]],
  ["a sysctl that climbs", ["--sysctl", "net.../../../etc/passwd=x", "a"]],
  ["a device that is relative", ["--device", "../dev/sda", "a"]],
  ["a capability with a look-alike", ["--cap-add", "KıLL", "a"]],
  ["a signal with a look-alike", ["--stop-signal", "ſIGTERM", "a"]],
  ["a negative time", ["--timeout", "-1", "a"]],
  ["a time that is too long", ["--timeout", "999999999h", "a"]],
  ["a negative size", ["--storage-opt", "size=-1g", "a"]],
  ["a size that exceeds all numbers", ["--shm-size", `${"9".repeat(400)}g`, "a"]],
  ["a policy with a negative number", ["--restart", "on-failure:-1", "a"]],
  ["another platform", ["--platform", "plan9/mips", "a"]],
  ["a flag that does not exist, of 10 MB", [`--${HUGE}`, "a"]],
  ["a flag with a line break", ["--a\nb", "a"]],
  ["the name of a method as a flag", ["--constructor", "a"]],
  ["the name of a method as a choice", ["--pull", "toString", "a"]],
];

const ACCEPTED: [string, string[], Partial<BoxConfig>][] = [
  ["a value that looks like a flag", ["-e", "--rm=x", "a"], { extraEnv: [["--rm", "x"]] }],
  ["a variable with a line break", ["-e", "A=x\ny", "a"], { extraEnv: [["A", "x\ny"]] }],
  ["a variable named after a method", ["-e", "__proto__=1", "a"], { extraEnv: [["__proto__", "1"]] }],
  ["a name alone that is a method's", ["-e", "toString", "a"], { extraEnv: [["toString", null]] }],
  [
    "an argument of many scripts",
    ["a", "echo", "日本 \u202e עברית 🙂"],
    { cmd: ["echo", "日本 \u202e עברית 🙂"] },
  ],
  ["an empty argument", ["a", "printf", ""], { cmd: ["printf", ""] }],
  ["a mount point of many scripts", ["-v", "/tmp:/ü 🙂", "a"], { volumes: ["/tmp:/ü 🙂"] }],
  ["a path that climbs inside", ["-v", "/tmp/../tmp:/a/b/../../c", "a"], { volumes: ["/tmp:/c"] }],
];

let output: { out: string; err: string };
beforeAll(() => {
  vi.stubEnv("BOX_HOME", home);
  vi.stubEnv("BOX_RUNTIME", join(home, "run"));
  writeFileSync(file("proto.json"), '{"__proto__": {"privileged": true}, "constructor": 1}');
  writeFileSync(file("deep.json"), `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
  writeFileSync(file("deep.yaml"), `a: ${"[".repeat(50_000)}`);
  const level = (i: number) =>
    `a${i}: &a${i} [${Array(9)
      .fill(`*a${i - 1}`)
      .join(",")}]`;
  writeFileSync(
    file("bomb.yaml"),
    ["a0: &a0 [x]", ...Array.from({ length: 9 }, (_, i) => level(i + 1))].join("\n"),
  );
  writeFileSync(file("root.json"), '{"volumes": ["/:/"]}');
  writeFileSync(file("nul.json"), '{"cmd": ["\\u0000"]}');
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  output = { out: "", err: "" };
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((output.out += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((output.err += String(text)), true));
});
afterEach(() => vi.restoreAllMocks());

function expectOneLine(code: number): void {
  expect({ code, out: output.out }).toEqual({ code: 125, out: "" });
  // One line of error, at most one hint, no control characters, no stack trace.
  expect(output.err).toMatch(/^box: [^\n]+\n(hint: [^\n]+\n)?$/);
  expect(output.err.length).toBeLessThan(2000);
  expect(output.err).not.toMatch(/[\u0000-\u0009\u000b-\u001f]| {4}at |undefined|\[object/);
  expect(existsSync(home)).toBe(false);
}

describe("hostile input", () => {
  it.each(REFUSED)("is refused with one line: %s", async (_, words) => {
    expectOneLine(await runProgram(["run", "--dry-run", ...words]));
  });

  it.each(STRICT)("is refused with one line for any invalid value: %s", async (flag) => {
    for (const value of FLAG_VALUES) {
      // As in Docker, the flag is not given then.
      if (value === "" && ["--network", "--cpuset-cpus"].includes(flag)) continue;
      output = { out: "", err: "" };
      expectOneLine(await runProgram(["run", "--dry-run", flag, value, "a"]));
    }
  });

  it.each(ACCEPTED)("is accepted unchanged: %s", async (_, words, expected) => {
    expect(await runProgram(["run", "--dry-run", ...words])).toBe(0);
    expect(BoxDocument.parse(JSON.parse(output.out))).toMatchObject(expected);
    expect(existsSync(home)).toBe(false);
  });
});

describe("large input", () => {
  const run = (args: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [BOX, "create", "--dry-run", ...args, "a"],
      {
        encoding: "utf8",
        maxBuffer: 2 ** 28,
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(readdirSync(folder)).not.toContain("home");
    return BoxDocument.parse(JSON.parse(stdout));
  };

  it(
    "reaches the configuration completely: 5,000 -e flags, a 3 MB env file, the maximum number of ports",
    { tags: "slow" },
    () => {
      const pairs = Array.from({ length: 5000 }, (_, i): [string, string] => [`NAME_${i}`, `value ${i}`]);
      const flags = pairs.flatMap(([name, value]) => ["-e", `${name}=${value}`]);
      const lines = Array.from({ length: 60_000 }, (_, i) => `FILE_${i}=${"v".repeat(40)}\r\n`);
      writeFileSync(file("big.env"), `\ufeff${lines.join("")}`);
      writeFileSync(file("some.yaml"), "resources:\n  memoryMb: 128\n");
      const files = ["--env-file", file("big.env"), "--config", file("some.yaml")];
      const config = run([...flags, ...files, "-p", "1-4096:1-4096"]);
      expect(config.resources.memoryMb).toBe(128);
      expect(config.extraEnv).toHaveLength(65_000);
      expect(config.extraEnv.slice(60_000)).toEqual(pairs);
      expect(config.portMap).toEqual(["1-4096:1-4096"]);
    },
  );
});
