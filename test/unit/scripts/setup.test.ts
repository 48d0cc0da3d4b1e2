import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reasonOf } from "../../../scripts/npm-package.js";

const SETUP = join(import.meta.dirname, "../../../scripts/setup");
/** The only real programs in the PATH. */
const REAL = [
  ...["bash", "cat", "cmp", "cp", "cut", "dirname", "env", "find", "grep", "kill", "mkdir", "mount", "rm"],
  ...["sed", "sh", "sleep", "tail", "touch", "uname", "unshare"],
];

let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "box-setup-"));
  for (const folder of ["scripts", "bin"]) mkdirSync(join(checkout, folder));
  copyFileSync(SETUP, join(checkout, "scripts", "setup"));
  writeFileSync(join(checkout, "package-lock.json"), "{}");
  for (const name of REAL) symlinkSync(join("/usr/bin", name), join(checkout, "bin", name));
});
afterEach(() => rmSync(checkout, { recursive: true }));

/** Programs by their names, as shell scripts. */
type Programs = Record<string, string>;

const NODE: Programs = { node: "case $1 in --version) echo v20.19.0 ;; *) echo 1.0.0 ;; esac", npm: "" };
const DEBIAN: Programs = {
  ...NODE,
  id: "echo 0",
  "apt-cache": "",
  "apt-get": "",
  "dpkg-query": "echo 'ii dpkg'",
};
/** The rest of the build tools of a system on which nothing is missing. */
const TOOLS: Programs = Object.fromEntries(
  ["gcc", "make", "musl-gcc", "mkfs.erofs", "openssl"].map((name) => [name, ""]),
);

/** Runs set-up on a system with these programs. */
function setUp(programs: Programs, prefix: string[] = []) {
  for (const [name, text] of Object.entries(programs))
    writeFileSync(join(checkout, "bin", name), `#!/usr/bin/bash\n${text}\n`, { mode: 0o755 });
  const words = [...prefix, join(checkout, "scripts", "setup")];
  const { status, stdout, stderr } = spawnSync(join(checkout, "bin", "env"), words, {
    encoding: "utf8",
    env: { PATH: join(checkout, "bin") },
  });
  return { status, stdout, stderr };
}

describe("set-up fails with one line and a hint", () => {
  const lines = (stderr: string) => stderr.trimEnd().split("\n");

  it.each([
    ["without Node", {}, "setup: Node is not installed"],
    ["with Node 18", { ...NODE, node: "echo v18.20.4" }, "setup: Node 18.20.4 is too old"],
    ["without npm", { node: NODE["node"] ?? "" }, "setup: npm is not installed"],
    [
      "on another system that lacks programs",
      { ...NODE, gcc: "", make: "", openssl: "" },
      "setup: this is not a Debian system, and it lacks musl-gcc mkfs.erofs",
    ],
    [
      "without root and sudo",
      { ...DEBIAN, id: "echo 1000" },
      "setup: Debian packages are missing, and only root can install them",
    ],
    [
      "when apt fails",
      {
        ...DEBIAN,
        "apt-get":
          "case \"$*\" in *install*) echo Reading; echo 'E: no such host'; echo 'E: more'; exit 100 ;; esac",
      },
      "setup: Debian packages could not be installed: E: no such host",
    ],
    [
      "when the registry does not answer",
      {
        ...NODE,
        ...TOOLS,
        npm: "printf 'npm error code X\\nnpm error syscall y\\nnpm error no answer\\n'; exit 1",
      },
      "setup: npm packages could not be installed: npm error no answer",
    ],
    [
      "when npm could not write a file, which it only warns of",
      {
        ...NODE,
        ...TOOLS,
        npm: "case $1 in ci) echo 'npm warn old'; echo 'npm warn tar TAR_ENTRY_ERROR ENOSPC: no space' ;; esac",
      },
      "setup: npm packages could not be installed: npm warn tar TAR_ENTRY_ERROR ENOSPC: no space",
    ],
  ] satisfies [string, Programs, string][])("%s", (_, programs, expected) => {
    const { status, stderr } = setUp(programs);
    const [line, hint, ...more] = lines(stderr);
    expect([status, line, more]).toEqual([1, expected, []]);
    expect(hint).toMatch(/^hint: ./);
  });

  it("when sudo refuses, after its own words", () => {
    const { status, stderr } = setUp({
      ...DEBIAN,
      id: "echo 1000",
      sudo: "echo 'sudo: not you' >&2; exit 1",
    });
    expect([status, ...lines(stderr)]).toEqual([
      1,
      "sudo: not you",
      "setup: sudo refuses, and only root can install the Debian packages that are missing",
      expect.stringMatching(/^hint: as root: apt-get install qemu-system-x86 /) as string,
    ]);
  });

  it("on a full disk", () => {
    mkdirSync(join(checkout, "build"));
    const fill = 'mount -t tmpfs -o size=4k none "$0"/build && echo full >"$0"/build/full && exec "$1"';
    const { status, stderr } = setUp(NODE, ["unshare", "-Urm", "sh", "-c", fill, checkout]);
    expect([status, ...lines(stderr)]).toEqual([
      1,
      `setup: ${checkout}/build cannot be written to`,
      "hint: check the free space (df .) and the owner of the checkout",
    ]);
  });
});

it("set-up does not wait for hundreds of packages of a registry that does not answer", () => {
  const npm = 'echo "$1 $2 $3" >>calls; exit 1';
  setUp({ ...NODE, ...TOOLS, npm });
  const { stdout } = spawnSync("cat", [join(checkout, "calls")], { encoding: "utf8" });
  expect(stdout).toBe("cache add chalk@1.0.0\n");
});

it.each([
  [
    "npm error code EAI_AGAIN\nnpm error errno -3\nnpm error request to x failed\n",
    "npm error request to x failed",
  ],
  ["npm ERR! code ENOSPC\nnpm ERR! nospc no space\n", "npm ERR! nospc no space"],
  ["npm error code E1\n", "npm error code E1"],
  ["spawn npm ENOENT", "spawn npm ENOENT"],
  ["", "no reason given"],
])("the reason in npm's output %j is %j", (output, reason) => {
  expect(reasonOf(output)).toBe(reason);
});
