import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { EMULATORS } from "../images/folders.js";
import { awaitLog, awaitText, box, DRIVER, removeAfterTest, ROOT, run, runDetached, start } from "./box.js";
import { imageOf } from "./images.js";

/*
 * Under QEMU's emulation, where the interpreter is itself emulated, each program in these boxes takes a second to start. So
 * the scripts start few.
 */

const options = { env: { PATH: [EMULATORS, process.env["PATH"]].join(delimiter) } };
const ARM64 = imageOf("busybox-arm64");
const I386 = imageOf("busybox-386");

/** The work of a small build. Prints the number of files and the sum of the numbers in them. */
const WORK = `
set -e
mkdir -p /w/src /w/out
cd /w
i=0
while [ $i -lt 40 ]; do echo "line $i of many" > src/file$i; i=$((i + 1)); done
tar -czf src.tgz src
gunzip -c src.tgz | tar -x -C out
find out -type f -exec cat {} + | sed -n 's/^line \\(.*\\) of many$/\\1/p' | awk '{ sum += $1 } END { print NR, sum }'
printf '#!/bin/sh\\necho "script $0 $1"\\n' > run
chmod +x run
./run argument
`;
const WORK_OUTPUT = "40 780\nscript ./run argument\n";

describe("a box from an image for arm64", () => {
  let folder: string;
  let id: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "box-platforms-"));
    const health = [
      "--health-cmd",
      "test -e /healthy",
      "--health-interval",
      "5s",
      "--health-retries",
      "1000",
    ];
    const words = ["sh", "-c", "uname -m; exec sleep 10000"];
    id = await runDetached(
      ["--platform", "linux/arm64", "--persistent", ...health, ARM64, ...words],
      options,
    );
    await awaitLog(id, "\n");
  });
  afterAll(async () => {
    await box(["rm", "-f", id]);
    await rm(folder, { recursive: true });
  });

  it("runs that architecture's programs, as its image, the kernel and a commit report it", async () => {
    expect((await box(["logs", id])).stdout).toBe("aarch64\n");
    const made = `platform:${process.pid}`;
    onTestFinished(async () => {
      await box(["rmi", made]);
    });
    expect((await box(["commit", id, made])).code).toBe(0);
    for (const image of [ARM64, made]) {
      const { stdout } = await box([
        "image",
        "inspect",
        "-f",
        "{{.Os}} {{.Architecture}} {{.Variant}}",
        image,
      ]);
      expect(stdout).toBe("linux arm64 v8\n");
    }
    const again = await run(["--rm", made, "uname", "-m"], options);
    expect(again).toMatchObject({ code: 0, stdout: "aarch64\n" });
  });

  it("does the work of a build: scripts, tar, gzip, find, sed and awk", { tags: "full" }, async () => {
    const { code, stdout, stderr } = await box(["exec", "-i", id, "sh"], { input: WORK });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: WORK_OUTPUT, stderr: "" });
  });

  it("does not show the interpreter in its file system", async () => {
    const script = "cat /proc/mounts; ls -d /proc/sys/fs/binfmt_misc/* /* /usr/bin/*";
    const { stdout } = await box(["exec", id, "sh", "-c", script]);
    expect(stdout).toContain("overlay / overlay");
    expect(stdout).not.toMatch(/binfmt|qemu/);
    expect((await box(["diff", id])).stdout).not.toMatch(/binfmt|qemu/);
  });

  it("runs setuid programs with the caller's privileges, whose environment the interpreter obeys", async () => {
    const script = "cp /bin/busybox /tmp/busybox && chmod 4755 /tmp/busybox";
    expect((await box(["exec", id, "sh", "-c", script])).code).toBe(0);
    const { stdout } = await box(["exec", "-u", "1000", id, "/tmp/busybox", "id", "-u"]);
    expect(stdout).toBe("1000\n");
  });

  it("can run in a VM of a pool", { tags: "full" }, async () => {
    const pool = `arm64-${process.pid}`;
    const flags = ["--vmm", DRIVER, "--cpus", "1", "--rm", "--platform", "linux/arm64"];
    try {
      const started = await box(["pool", "start", pool, ...flags, "--image", ARM64], options);
      expect(started).toMatchObject({ code: 0, stderr: "" });
      expect(await run([...flags, `--pool=${pool}`, ARM64, "uname", "-m"], options)).toMatchObject({
        code: 0,
        stdout: "aarch64\n",
      });
      const { stdout } = await box(["pool", "status", pool, "--format", "{{.Hits}}"]);
      expect(stdout).toBe("1\n");
    } finally {
      await box(["pool", "stop", pool]);
    }
  });

  it("takes files with cp, passes health checks, and runs again after a stop", async () => {
    const file = join(folder, "healthy");
    await writeFile(file, "copied");
    const events = start(["events", "--filter", `container=${id}`]);
    const healthy = awaitText(events, "stdout", "health_status: healthy");
    expect((await box(["cp", file, `${id}:/healthy`])).code).toBe(0);
    await healthy;
    events.kill();
    expect((await box(["stop", "-t", "0", id])).code).toBe(0);
    expect((await box(["cp", `${id}:/healthy`, join(folder, "back")])).code).toBe(0);
    expect(await readFile(join(folder, "back"), "utf8")).toBe("copied");
    expect((await box(["start", id], options)).code).toBe(0);
    await awaitLog(id, "aarch64\n", 2);
  });
});

/** The second tier also tests images that are built only for it: `npm run test:full -- architectures`. */
const MORE = process.env["BOX_TEST_ARCHITECTURES"] === "1";
const built = (name: string) => `oci:${join(ROOT, "build", "images", name)}`;

it.each(
  MORE
    ? ([
        ["linux/arm/v5", "arm-v5", /^armv/],
        ["linux/arm/v7", "arm-v7", /^armv7l$/],
        ["linux/mips64le", "mips64le", /^mips64$/],
        ["linux/ppc64le", "ppc64le", /^ppc64le$/],
        ["linux/riscv64", "riscv64", /^riscv64$/],
        ["linux/s390x", "s390x", /^s390x$/],
      ] as const)
    : [],
)("an image for %s runs, and does the work of a build", async (platform, name, machine) => {
  const words = ["--platform", platform, built(`busybox-${name}`), "sh", "-c", `uname -m; ${WORK}`];
  const { code, stdout, stderr } = await run(["--rm", "-q", ...words], options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [reported, ...rest] = stdout.split("\n");
  expect(reported).toMatch(machine);
  expect(rest.join("\n")).toBe(WORK_OUTPUT);
});

it.each(MORE ? ["compiler-arm64"] : [])(
  "bash, make, a C compiler and a dynamically linked program run in the image %s",
  async (name) => {
    const script = `
      set -e
      cd /tmp
      printf '#include <stdio.h>\nint main(void) { return printf("%%zu bits\\n", 8 * sizeof(void *)) < 0; }\n' > main.c
      printf 'main: main.c\n\ttcc -o main main.c\n' > Makefile
      make
      ./main`;
    const words = ["--platform", "linux/arm64", built(name), "bash", "-c", script];
    expect(await run(["--rm", "-q", ...words], options)).toMatchObject({
      ...{ code: 0, stdout: "tcc -o main main.c\n64 bits\n", stderr: "" },
    });
  },
);

describe("an image for another platform than the host's", () => {
  it("runs with Docker's warning if no platform is requested, but linux/386 without", async () => {
    const small = await run(["--rm", I386, "uname", "-m"], options);
    expect(small).toMatchObject({ code: 0, stdout: "i686\n", stderr: "" });
    const name = `warned-${process.pid}`;
    removeAfterTest(name);
    const { code, stderr } = await box(["create", "--name", name, ARM64], options);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /The requested image's platform \(linux\/arm64\/v8\) does not match the detected host platform \(linux\/amd64(\/v\d)?\) and no specific platform was requested\n$/,
    );
  });

  it("does the work of a build if it is for linux/386", { tags: "full" }, async () => {
    const { code, stdout, stderr } = await run(["--rm", I386, "sh", "-c", WORK], options);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: WORK_OUTPUT, stderr: "" });
  });

  it("is refused in one line that names the package if its interpreter is not installed", async () => {
    for (const platform of [[], ["--platform", "linux/arm64"]]) {
      const { code, stdout, stderr } = await run(["--rm", ...platform, ARM64, "true"], {
        env: { PATH: (process.env["PATH"] ?? "").replaceAll(EMULATORS, "") },
      });
      const message =
        "box: qemu-aarch64-static \\(package qemu-user-static\\) is not installed; it is required for images for linux/arm64(/v8)?\nhint: .*\n";
      expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
      expect(stderr).toMatch(new RegExp(`^${message}$`));
    }
  });
});
