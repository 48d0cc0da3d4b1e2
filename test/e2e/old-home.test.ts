import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { box as anyBox, SAME_ON_KRUN } from "./box.js";
import { makeOldHome } from "./old-home.js";
import { homeIn, shareTemplates } from "./own-home.js";

describe.skipIf(SAME_ON_KRUN)("a BOX_HOME of version 0.1.0", () => {
  let folder: string;
  const home = () => join(folder, "home");
  const box = (...words: string[]) => anyBox(words, { env: homeIn(folder) });

  async function list(...flags: string[]): Promise<Record<string, string>> {
    const { stdout } = await box("ps", "-a", "--format", "{{.Names}}={{.State}}={{.Status}}", ...flags);
    const lines = stdout.trim().split("\n");
    return Object.fromEntries(
      lines.map((line) => {
        const [name = "", state = "", status = ""] = line.split("=");
        return [name, state === "exited" ? (/^Exited \(\d+\)/.exec(status)?.[0] ?? status) : state];
      }),
    );
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "box-old-"));
    await makeOldHome(home());
    shareTemplates(home());
  });
  afterAll(async () => {
    const { stdout } = await box("ps", "-aq");
    await Promise.all(
      stdout
        .split("\n")
        .filter(Boolean)
        .map((id) => box("rm", "-f", id)),
    );
    await rm(folder, { recursive: true });
  });

  it("is listed, and shows its boxes, images, volumes, logs and events", async () => {
    expect(await list()).toEqual({
      said: "Exited (3)",
      created: "created",
      kept: "Exited (0)",
      volume: "Exited (0)",
      stopped: "Exited (143)",
    });
    expect(Object.keys(await list("-f", "label=kind=old"))).toEqual(["said"]);
    expect(Object.keys(await list("-f", "volume=data")).sort()).toEqual(["kept", "volume"]);
    expect((await box("logs", "said")).stdout).toBe("said by 0.1.0\n");
    expect((await box("images", "-q", "--no-trunc")).stdout).toMatch(/^sha256:c65251ce4c79c9ff/);
    expect((await box("volume", "ls", "-q")).stdout).toBe("data\nspare\n");
    const { stdout } = await box("events", "--since", "2020-01-01", "--until", "1s", "-f", "container=said");
    expect(stdout).toContain("container start 327a22ea7817");
  });

  it("is inspected with its original settings", async () => {
    const { stdout } = await box("inspect", "said", "created", "volume");
    const [said, created, volume] = JSON.parse(stdout) as unknown[];
    expect(said).toMatchObject({
      Name: "/said",
      Config: { Image: "old:1", Labels: { kind: "old" }, Env: expect.arrayContaining(["A=b"]) as string[] },
      State: { Status: "exited", ExitCode: 3, StartedAt: "2026-11-29T09:20:52.007000000Z" },
    });
    expect(created).toMatchObject({
      State: { Status: "created" },
      HostConfig: { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 } },
    });
    expect(volume).toMatchObject({ Mounts: [{ Type: "volume", Name: "data", Destination: "/named" }] });
  });

  it("starts boxes, runs programs and stops", async () => {
    expect(await box("start", "created")).toMatchObject({ code: 0, stderr: "" });
    expect(await list("-f", "name=created")).toEqual({ created: "running" });
    expect(await box("exec", "created", "/program", "say", "hi")).toMatchObject({ code: 3, stdout: "hi\n" });
    expect((await box("stop", "-t", "1", "created")).code).toBe(0);
    expect(await list("-f", "name=created")).toEqual({ created: "Exited (143)" });
    expect((await box("logs", "created")).stdout).toBe("waiting\n");
  });

  it("keeps the files of its persistent boxes and volumes", async () => {
    expect(await box("start", "-a", "kept")).toMatchObject({ code: 0, stdout: "kept\nkept\nkept\n" });
    expect(await box("start", "-a", "volume")).toMatchObject({ code: 0, stdout: "kept\nkept\n" });
    expect((await box("port", "volume")).stdout).toBe("");
  });

  it("can be renamed, updated and removed", async () => {
    expect((await box("rename", "said", "told")).code).toBe(0);
    expect((await box("update", "--restart", "no", "created")).code).toBe(0);
    expect((await box("volume", "rm", "data")).stderr).toMatch(/in use/);
    expect(await box("volume", "rm", "spare")).toMatchObject({ code: 0, stdout: "spare\n" });
    const names = ["told", "created", "kept", "volume", "stopped"];
    expect(await box("rm", ...names)).toMatchObject({ code: 0, stderr: "" });
    expect((await box("volume", "rm", "data")).code).toBe(0);
    expect((await box("rmi", "old:1")).code).toBe(0);
    for (const left of ["boxes", "names", "volumes", "images", "layers"])
      expect([left, await readdir(join(home(), left))]).toEqual([left, []]);
  });
});
