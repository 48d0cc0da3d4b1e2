import { afterAll, expect, it } from "vitest";
import { awaitLog, box, finish, run, runDetached, start } from "./box.js";
import { BUSYBOX } from "./images.js";

const boxes: string[] = [];

afterAll(() => box(["rm", "-f", ...boxes]));

const numbers = Array.from({ length: 3000 }, (_, i) => `${i + 1}\n`).join("");

it("logs -f continues across restarts and rotated files to the end; events report what happened", async () => {
  const script = "read go < /tmp/go; seq 3000; exit 3";
  const id = await runDetached([
    ...[
      "--restart",
      "on-failure:1",
      "--log-opt",
      "max-size=20k",
      "--log-opt",
      "max-file=9",
      "-l",
      "test=logs",
    ],
    ...["--tmpfs", "/tmp", BUSYBOX, "sh", "-c", `mkfifo /tmp/go; echo up; ${script}`],
  ]);
  boxes.push(id);
  const following = finish(start(["logs", "-f", id]));
  const go = () => box(["exec", id, "sh", "-c", "until [ -p /tmp/go ]; do sleep 0.1; done; echo > /tmp/go"]);
  await go();
  await awaitLog(id, "up", 2);
  expect((await go()).code).toBe(0);
  expect(await following).toMatchObject({ code: 0, stdout: `up\n${numbers}up\n${numbers}`, stderr: "" });
  expect((await box(["logs", "-n", "2", id])).stdout).toBe("2999\n3000\n");

  const events = ["events", "--since", "1h", "--until", "0s", "--filter", "label=test=logs"];
  const told = await box([
    ...events,
    "-f",
    `box=${id}`,
    "--format",
    "{{.Action}} {{.Actor.Attributes.exitCode}}",
  ]);
  const lives = told.stdout.split("\n").filter((line) => !line.startsWith("exec_"));
  const life = ["start <no value>", "die 3"];
  expect(lives).toEqual(["create <no value>", ...life, ...life, ""]);
  expect(told.stdout).toContain("exec_die 0");
});

it("a box keeps nothing with --log-driver none, and logs refuses to read it", async () => {
  const name = "no-log";
  boxes.push(name);
  const ran = await run(["--name", name, "--log-driver", "none", BUSYBOX, "echo", "out"]);
  expect(ran).toMatchObject({ code: 0, stdout: "out\n" });
  expect(await box(["logs", name])).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("configured logging driver does not support reading") as string,
  });
});
