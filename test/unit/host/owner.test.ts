import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { isAlive } from "../../../src/host/alive.js";
import { hasEnded, thisProcess } from "../../../src/host/owner.js";

it("a process has ended when it is killed, even if its parent has not noticed", async () => {
  // The shell starts a program and becomes another one, which never waits for it.
  const parent = spawn("sh", ["-c", "sleep 1000 & echo $!; exec tail -f /dev/null"], { stdio: "pipe" });
  try {
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    const stat = () => readFileSync(`/proc/${pid}/stat`, "latin1").split(" ");
    const owner = `${pid}-${stat()[21]}-${thisProcess().split("-")[2]}`;
    const ended = async () => [await hasEnded(owner, "/", Infinity), !isAlive(pid)];
    expect(await ended()).toEqual([false, false]);
    process.kill(pid, "SIGKILL");
    while (stat()[2] !== "Z") await setTimeout(5);
    expect(await ended()).toEqual([true, true]);
  } finally {
    parent.kill("SIGKILL");
    await once(parent, "close");
  }
});
