import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awaitLog, box, DRIVER, finish, home, removeAfterTest, run, runDetached, start } from "./box.js";
import { BUSYBOX } from "./images.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-config-file-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a document to a new file and returns its path. */
async function fileOf(name: string, document: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof document === "string" ? document : JSON.stringify(document));
  return path;
}

const statusOf = async (id: string) => (await box(["ps", "-aq", "--no-trunc", "-f", `id=${id}`])).stdout;

describe("a box", () => {
  it("follows the record of --config, and is removed when it exits", async () => {
    const name = `from-file-${DRIVER}`;
    const config = await fileOf("record.json", {
      image: BUSYBOX,
      cmd: ["sh", "-c", "cat; id -un; pwd; hostname; cat /proc/1/comm; exit 3"],
      record: {
        name,
        labels: { made: "by a file" },
        user: "daemon",
        workdir: "/made/up",
        hostname: "crate",
        init: true,
        stdin: true,
        autoRemove: true,
      },
    });
    const { code, stdout, stderr } = await run(["--config", config], { input: "words\n" });
    expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
    expect(stdout).toMatch(/^words\ndaemon\n\/made\/up\ncrate\n\S*init\S*\n$/);
    const ask = [
      "events",
      "--since",
      "1h",
      "--until",
      "0s",
      "-f",
      "label=made=by a file",
      "-f",
      `container=${name}`,
    ];
    const { stdout: events } = await box([...ask, "--format", "{{.Action}}"]);
    expect(events).toMatch(/^create\n[^]*destroy\n$/);
    expect((await box(["inspect", name])).code).toBe(1);
  });

  it("keeps its stdin open for the next client, and stops with the signal and timeout of its record", async () => {
    const name = `fed-${DRIVER}`;
    const script =
      "trap 'echo asked' USR1; read a; echo got $a; read b; echo got $b; while :; do sleep 1; done";
    const record = { name, stdin: true, stdinOnce: false, stopSignal: "USR1", stopTimeoutSecs: 1 };
    const config = await fileOf("fed.json", { image: BUSYBOX, cmd: ["sh", "-c", script], record });
    const id = await runDetached(["--config", config]);
    const feeders = [];
    for (const word of ["one", "two"]) {
      const feeder = start(["attach", name]);
      feeder.stdin?.end(`${word}\n`);
      feeders.push(finish(feeder));
      await awaitLog(id, `got ${word}`);
    }
    expect((await box(["stop", name])).code).toBe(0);
    await Promise.all(feeders);
    expect((await box(["logs", name])).stdout).toContain("asked");
    expect((await box(["wait", name])).stdout).toBe("137\n");
    await box(["rm", name]);
    expect(await statusOf(id)).toBe("");
  });

  it("created from the output of --dry-run equals the box that the flags create", async () => {
    const flags = [
      ...[
        "--vmm",
        DRIVER,
        "-i",
        "-u",
        "daemon",
        "-w",
        "/x",
        "-h",
        "crate",
        "-e",
        "A=1",
        "-l",
        "a=b",
        "--init",
      ],
      ...["-v", "./docs:/docs:ro", "--mount", "type=tmpfs,dst=/t", "--tmpfs", "/u"],
      ...[
        "-p",
        "127.0.0.1:0:80",
        "--dns",
        "192.0.2.1",
        "--add-host",
        "db:192.0.2.7",
        "-m",
        "256m",
        "--cpus",
        "1",
      ],
      ...[
        "--ulimit",
        "nofile=64:128",
        "--cap-drop",
        "KILL",
        "--security-opt",
        "no-new-privileges",
        "--read-only",
      ],
      ...["--device", "/dev/fuse", "--sysctl", "net.core.somaxconn=77", "--shm-size", "8m", "--persistent"],
      ...[
        "--restart",
        "on-failure:2",
        "--log-opt",
        "max-size=1m",
        "--health-cmd",
        "true",
        "--health-retries",
        "2",
      ],
      ...["--stop-signal", "USR1", "--stop-timeout", "7", BUSYBOX, "sleep", "1"],
    ];
    const { stdout: printed } = await box(["create", "--dry-run", ...flags]);
    const config = await fileOf("printed.json", printed);
    const made = await Promise.all([box(["create", ...flags]), box(["create", "--config", config])]);
    for (const { stdout } of made) removeAfterTest(stdout.trim());
    const records = await Promise.all(
      made.map(async ({ stdout }) => {
        const path = join(home(), "boxes", stdout.trim(), "box.json");
        return JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
      }),
    );
    const own = { id: expect.any(String) as string, name: expect.any(String) as string };
    const [one = {}, other] = records;
    expect(other).toEqual({ ...one, ...own, createdAt: expect.any(String) as string });
    expect(one["process"]).toMatchObject({ user: "daemon", cwd: "/x", argv: ["sleep", "1"] });
  });
});
