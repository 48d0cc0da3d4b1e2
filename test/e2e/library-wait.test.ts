import { afterAll, describe, expect, it } from "vitest";
import { ONLY_FULL_ON_KRUN } from "./box.js";
import { BUSYBOX } from "./images.js";
import { closeBoxes, create, keep } from "./library.js";

afterAll(closeBoxes);

describe("waitFor", () => {
  const SERVER = "sleep 0.5; echo listening soon; exec httpd -f -p 80 -h /";

  it("waits for a port (published or not), a line of the log, and health", async () => {
    const one = await keep(
      create({
        image: BUSYBOX,
        cmd: ["sh", "-c", SERVER],
        portMap: ["127.0.0.1:0:80"],
        record: { health: { cmd: ["CMD-SHELL", "true"], intervalSecs: 1 } },
      }),
    );
    await Promise.all([
      one.waitFor({ port: 80 }),
      one.waitFor({ log: "soon" }),
      one.waitFor({ log: /^listening/ }),
      one.waitFor({ healthy: true }),
    ]);
    const { host, port } = await one.port(80);
    expect([host, port > 0]).toEqual(["127.0.0.1", true]);
    await expect(one.port(81)).rejects.toMatchObject({ code: "no-such-port" });
    expect((await fetch(`http://${host}:${port}/nosuch`)).status).toBe(404);
    await one[Symbol.asyncDispose]();
  });

  it.skipIf(ONLY_FULL_ON_KRUN)("waits for an HTTP response", async () => {
    const script = "sleep 0.5; mkdir /www; echo found >/www/page; exec httpd -f -p 8080 -h /www";
    const one = await keep(
      create({ image: BUSYBOX, cmd: ["sh", "-c", script], portMap: ["127.0.0.1:0:8080"] }),
    );
    await one.waitFor({ http: 8080 });
    await one.waitFor({ http: { port: 8080, path: "/page", status: 200 } });
    await expect(
      one.waitFor({ http: { port: 8080, path: "/nosuch", status: 200 } }, { timeoutMs: 500 }),
    ).rejects.toMatchObject({ code: "timed-out" });
    await one[Symbol.asyncDispose]();
  });

  it.skipIf(ONLY_FULL_ON_KRUN)("ignores log lines written before the box was restarted", async () => {
    const script = "while ! test -e /tmp/go; do sleep 0.1; done; echo up; exec sleep 1000";
    const one = await keep(create({ image: BUSYBOX, cmd: ["sh", "-c", script] }));
    await one.files.write("/tmp/go", "");
    await one.waitFor({ log: "up" });
    await one.restart({ timeoutMs: 0 });
    await expect(one.waitFor({ log: "up" }, { timeoutMs: 300 })).rejects.toMatchObject({ code: "timed-out" });
    await one.files.write("/tmp/go", "");
    await one.waitFor({ log: "up" });
  });

  it.skipIf(ONLY_FULL_ON_KRUN)(
    "fails when it is aborted, when it times out and when the box exits",
    async () => {
      const one = await keep(create({ image: BUSYBOX }));
      await expect(one.waitFor({ port: 99 }, { timeoutMs: 300 })).rejects.toMatchObject({
        code: "timed-out",
      });
      await expect(one.waitFor({ log: "x" }, { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow(
        "no",
      );
      await expect(one.waitFor({ healthy: true })).rejects.toMatchObject({ code: "no-health-check" });
      const brief = await keep(create({ image: BUSYBOX, cmd: ["sleep", "1"] }));
      await expect(brief.waitFor({ port: 80 })).rejects.toMatchObject({ code: "not-running" });
      await expect(brief.waitFor({ log: "never" })).rejects.toMatchObject({ code: "not-running" });
    },
  );
});
