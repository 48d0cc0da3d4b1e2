import { describe, expect, it } from "vitest";
import { awaitLog, awaitText, box, DRIVER, finish, runDetached, start } from "./box.js";
import { BUSYBOX } from "./images.js";

describe("a running box", () => {
  it("can be found, inspected, renamed and waited for", async () => {
    const name = `looked-at-${DRIVER}`;
    const script = "echo one; echo two; printf three; read end < /tmp/end; exit 5";
    const id = await runDetached([
      ...["--name", name, "-l", "test=boxes", "-p", "127.0.0.1::80"],
      ...[BUSYBOX, "sh", "-c", `mkfifo /tmp/end; ${script}`],
    ]);
    await awaitLog(id, "three");
    const listed = await box(["ps", "-f", "label=test=boxes", "--format", "{{.ID}} {{.State}} {{.Ports}}"]);
    const [, port = ""] = /127\.0\.0\.1:(\d+)->80\/tcp/.exec(listed.stdout) ?? [];
    expect(listed.stdout).toBe(`${id.slice(0, 12)} running 127.0.0.1:${port}->80/tcp\n`);
    expect((await box(["port", name, "80"])).stdout).toBe(`127.0.0.1:${port}\n`);
    expect((await box(["port", name, "81"])).code).toBe(1);
    expect((await box(["logs", "-n", "2", name])).stdout).toBe("two\nthree");

    expect((await box(["rename", name, `${name}-now`])).code).toBe(0);
    const shown = await box([
      "inspect",
      "-f",
      "{{.Name}} {{.State.Running}} {{.HostConfig.Runtime}} {{.State.Pid}}",
      `${name}-now`,
    ]);
    const [, pid = ""] = / (\d+)\n$/.exec(shown.stdout) ?? [];
    expect(shown.stdout).toBe(`/${name}-now true ${DRIVER} ${pid}\n`);
    // The process of the VM.
    expect(process.kill(Number(pid), 0)).toBe(true);
    expect((await box(["exec", `/${name}-now`, "echo", "by its full name"])).stdout).toBe(
      "by its full name\n",
    );

    const attached = start(["attach", `${name}-now`]);
    const ended = [finish(start(["wait", `${name}-now`])), finish(attached)];
    // Output written before anybody is attached goes to `box logs`.
    const call = "until [ -e /tmp/heard ]; do echo called > /proc/2/fd/1; sleep 0.1; done";
    const calling = box(["exec", id, "sh", "-c", call]);
    await awaitText(attached, "stdout", "called");
    await box(["exec", id, "sh", "-c", "touch /tmp/heard; echo > /tmp/end"]);
    await calling;
    expect(await Promise.all(ended)).toMatchObject([{ code: 0, stdout: "5\n" }, { code: 5 }]);
    expect((await box(["ps", "-q", "--no-trunc", "-f", "exited=5", "-f", `id=${id}`])).stdout).toBe(
      `${id}\n`,
    );
    expect((await box(["prune", "-f", "--filter", "label=test=boxes"])).stdout).toMatch(
      new RegExp(`^Deleted Containers:\\n${id}\\n\\nTotal reclaimed space: [\\d.]+[kMG]?B\\n$`),
    );
    expect((await box(["inspect", id])).stderr).toContain("No such object");
  });
});
