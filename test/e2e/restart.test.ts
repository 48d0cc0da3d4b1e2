import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { awaitLog, box, DRIVER, home, runDetached } from "./box.js";
import { BUSYBOX } from "./images.js";
import { awaitGone, kill, processesNaming } from "./processes.js";

async function make(...args: string[]): Promise<string> {
  return runDetached([...args.slice(0, -1), BUSYBOX, "sh", "-c", args.at(-1) ?? ""]);
}

interface State {
  status: string;
  exitCode?: number;
  restartCount?: number;
  stopped?: boolean;
  health?: { status: string; log: { output: string }[] };
}

/** Reads the box's record directly until it matches: starting Node.js for `box ps` takes seconds on an emulated CPU. */
async function awaitState(id: string, fits: (state: State) => boolean): Promise<State> {
  for (;;) {
    const text = await readFile(join(home(), "boxes", id, "state.json"), "utf8").catch(() => "{}");
    const state = JSON.parse(text) as State;
    if (fits(state)) return state;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const exited = ({ status }: State) => status === "exited";

it("a failing box is restarted as often as its policy says, and no more", async () => {
  const id = await make("--restart", "on-failure:2", "echo lived; exit 3");
  const state = await awaitState(id, exited);
  expect(state).toMatchObject({ exitCode: 3, restartCount: 2 });
  expect((await box(["logs", id])).stdout).toBe("lived\n".repeat(3));
  const shown = await box(["inspect", "-f", "{{.RestartCount}} {{json .HostConfig.RestartPolicy}}", id]);
  expect(shown.stdout).toBe('2 {"Name":"on-failure","MaximumRetryCount":2}\n');
});

it("a box that always restarts is stopped by a command, even while it waits to restart", async () => {
  const id = await make("--restart", "always", "echo lived; exit 0");
  // From the third wait on there is time to intervene; in a lab no wait is long compared with starting a command.
  const enough = DRIVER === "krun" ? 1 : 3;
  await awaitState(id, ({ status, restartCount = 0 }) => status === "restarting" && restartCount >= enough);
  const listed = await box(["ps", "-f", "status=restarting", "-f", `id=${id}`, "--format", "{{.Status}}"]);
  expect(listed.stdout).toMatch(/^(Restarting \(0\) .* ago\n)?$/);
  expect(await box(["stop", id])).toMatchObject({ code: 0, stderr: "" });
  expect(await awaitState(id, exited)).toMatchObject({ stopped: true });
  // The monitor has yet to exit.
  await Promise.all([...(await processesNaming(id)).keys()].map(awaitGone));
});

it("resume starts the boxes whose policy asks for it, after every process was killed", async () => {
  const always = await make("--restart", "always", "echo up; sleep 1000");
  const stopped = await make("--restart", "unless-stopped", "echo up; sleep 1000");
  await Promise.all([awaitLog(always, "up"), awaitLog(stopped, "up")]);
  await box(["stop", "-t", "0", stopped]);
  for (const pid of (await processesNaming(always)).keys()) {
    kill(pid);
    await awaitGone(pid);
  }
  // Boxes of other tests have policies too; only this test's are checked.
  await box(["system", "resume"]);
  await awaitLog(always, "up", 2);
  expect(await awaitState(stopped, exited)).toMatchObject({ stopped: true });
});

it("the health of a box is checked and shown", async () => {
  const id = await make(
    ...["--health-cmd", "cat /tmp/ok", "--health-interval", "200ms", "--health-retries", "2"],
    "sleep 1000",
  );
  await awaitState(id, ({ health }) => health?.status === "unhealthy");
  const listed = await box(["ps", "-f", "health=unhealthy", "-f", `id=${id}`, "--format", "{{.Status}}"]);
  expect(listed.stdout).toMatch(/^Up .* \(unhealthy\)\n$/);
  await box(["exec", id, "sh", "-c", "echo fine >/tmp/new && mv /tmp/new /tmp/ok"]);
  const { health } = await awaitState(id, ({ health }) => health?.status === "healthy");
  expect(health?.log.at(-1)?.output).toBe("fine\n");
  const shown = await box(["inspect", "-f", "{{.State.Health.Status}} {{.State.Health.FailingStreak}}", id]);
  expect(shown.stdout).toBe("healthy 0\n");
});

it("a box shuts down gracefully with its host, and does not count as stopped by the user", async () => {
  const id = await make(
    "--restart",
    "unless-stopped",
    "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 1; done",
  );
  await awaitLog(id, "up");
  const monitors = [...(await processesNaming(id))].filter(([, line]) => line.includes("monitor.js"));
  for (const [pid] of monitors) process.kill(pid, "SIGTERM");
  const state = await awaitState(id, exited);
  expect([monitors.length, state.exitCode, state.stopped]).toEqual([1, 0, undefined]);
  await awaitLog(id, "bye");
});
