import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { box, DRIVER, run, runDetached } from "./box.js";
import { BUSYBOX } from "./images.js";

const folder = mkdtempSync(join(tmpdir(), "box-sidecar-"));
const name = `sidecar-${process.pid}`;
const made = (image: string) => `sidecar:${image}-${process.pid}`;

const SERVER = "echo I serve; mkdir /srv; echo served > /srv/file; exec httpd -f -p $SIDECAR_PORT -h /srv";
/** A proxy that refuses some files, and answers for all servers itself. */
const ANSWER = `read -r method url rest || exit
while read -r line && [ "\${#line}" -gt 1 ]; do :; done
echo $method $url >&2
case $url in
*/secret) printf 'HTTP/1.0 403 Forbidden\\r\\n\\r\\n' ;;
*) printf 'HTTP/1.0 200 OK\\r\\n\\r\\nby the proxy\\n' ;;
esac`;
const PROXY = `cat >/answer <<'END'\n${ANSWER}\nEND\nexec nc -ll -p $SIDECAR_PORT -e sh /answer`;
/** Commands of images, which are busybox otherwise. */
const IMAGES = {
  server: ["sh", "-c", SERVER],
  proxy: ["sh", "-c", PROXY],
  dying: ["sh", "-c", "echo no database >&2; exit 3"],
  silent: ["sleep", "1000"],
  healthy: ["sh", "-c", "sleep 1; touch /ready; exec sleep 1000"],
};
const CHECK = "HEALTHCHECK --interval=1s CMD test -e /ready";

beforeAll(async () => {
  const tar = join(folder, "files.tar");
  const source = `${name}-source`;
  await box(["create", "--name", source, BUSYBOX]);
  expect(await box(["export", "-o", tar, source])).toMatchObject({ code: 0 });
  await box(["rm", source]);
  for (const [image, command] of Object.entries(IMAGES)) {
    const changes = [`CMD ${JSON.stringify(command)}`, ...(image === "healthy" ? [CHECK] : [])];
    const words = changes.flatMap((change) => ["-c", change]);
    expect(await box(["import", ...words, tar, made(image)])).toMatchObject({ code: 0, stderr: "" });
  }
});
afterAll(async () => {
  await box(["rm", "-f", name]);
  await box(["rmi", ...Object.keys(IMAGES).map(made)]);
  rmSync(folder, { recursive: true });
});

const FETCH = "wget -qO- http://127.0.0.1:$SIDECAR_PORT/file";

describe("a sidecar", () => {
  beforeAll(async () => {
    const script = `${FETCH}; kill -9 -1; ${FETCH}; exec sleep 1000`;
    await runDetached(["--name", name, "--sidecar", made("server"), BUSYBOX, "sh", "-c", script]);
  });

  const inBox = (script: string) => box(["exec", name, "sh", "-c", script]);
  const inSidecar = (script: string) => box(["exec", "--sidecar", name, "sh", "-c", script]);

  /** Requests the file through the socket on this host. */
  async function fetchFromHost(): Promise<string> {
    const { stdout } = await box(["inspect", "--format", "{{.Sidecar.Socket}}", name]);
    expect(statSync(stdout.trimEnd()).mode & 0o777).toBe(0o600);
    const socket = connect(stdout.trimEnd());
    socket.write("GET /file HTTP/1.0\r\n\r\n");
    return text(socket);
  }

  it("is ready before the box's program, which cannot kill it", async () => {
    // Its last command is running, so those before it have ended.
    await inBox("until pidof sleep; do sleep 0.1; done");
    expect((await box(["logs", name])).stdout).toBe("served\nserved\n");
  });

  it("is not seen by the box, nor the box by it, and has files of its own", async () => {
    const list = "cat /proc/[0-9]*/cmdline | tr '\\0' ' '; ls -d /srv";
    const [seen, seenBySidecar] = [await inBox(list), await inSidecar(list)];
    expect(seen.stdout).toContain("sleep 1000");
    expect(seen.stdout).not.toContain("httpd");
    expect(seen.stderr).toContain("/srv: No such file");
    expect(seenBySidecar.stdout).toContain("httpd -f -p 4092");
    expect(seenBySidecar.stdout).toContain("/srv");
    expect(seenBySidecar.stdout).not.toContain("sleep 1000");
    expect((await box(["top", name])).stdout).not.toContain("httpd");
  });

  it("has a log of its own", async () => {
    expect((await box(["logs", "--sidecar", name])).stdout).toBe("I serve\n");
  });

  it("serves this host through a socket of this user", async () => {
    expect(await fetchFromHost()).toContain("\r\nserved\n");
    expect((await box(["port", name])).stdout).toMatch(/^4092\/sidecar -> \/.*\.side\n$/);
  });

  it("is started again when it is killed, and keeps its files", async () => {
    // The killer dies, too.
    await inSidecar("echo changed > /srv/new; kill -9 $(pidof httpd)");
    await inBox(`until ${FETCH}; do sleep 0.1; done`);
    expect((await box(["logs", "--sidecar", name])).stdout).toBe("I serve\nI serve\n");
    expect((await inSidecar("cat /srv/new")).stdout).toBe("changed\n");
  });

  it("keeps its image from being removed", async () => {
    expect((await box(["rmi", made("server")])).stderr).toContain(name);
  });
});

it("is ready once its health check succeeds, if its image has one", async () => {
  const ran = await run(["--rm", "--sidecar", made("healthy"), BUSYBOX, "echo", "started"]);
  expect(ran).toMatchObject({ code: 0, stdout: "started\n", stderr: "" });
});

describe("a sidecar that is the box's proxy", () => {
  // With libkrun, TSI carries connections past the interface.
  const network = ["--network", "bridge"];
  const given = (way: string) => [...network, "--sidecar", made("proxy"), "--sidecar-proxy", way];
  /** No host has this address. */
  const SERVER_URL = "http://192.0.2.1";

  it.each([
    ["http", `${SERVER_URL}/file`, `${SERVER_URL}/secret`],
    ["transparent", "/file", "/secret"],
  ])("sees requests and can refuse them: %s", async (way, ...urls) => {
    const proxied = `${name}-${way}`;
    onTestFinished(async () => {
      await box(["rm", "-f", proxied]);
    });
    const script = `wget -qO- ${SERVER_URL}/file; wget -qO- ${SERVER_URL}/secret`;
    const words = ["--name", proxied, ...given(way), BUSYBOX, "sh", "-c", script];
    const { code, stdout, stderr } = await run(words);
    expect([code, stdout]).toEqual([1, "by the proxy\n"]);
    expect(stderr).toContain("403 Forbidden");
    const log = await box(["logs", "--sidecar", proxied]);
    expect(log.stderr).toBe(urls.map((url) => `GET ${url}\n`).join(""));
  });

  it("connects to others itself, and the box cannot when it has ended", async () => {
    const proxied = `${name}-own`;
    onTestFinished(async () => {
      await box(["rm", "-f", proxied]);
    });
    await runDetached(["--name", proxied, ...given("transparent"), BUSYBOX, "sleep", "1000"]);
    const fetch = `timeout 2 wget -qO- ${SERVER_URL}/file`;
    const own = await box(["exec", "--sidecar", proxied, "sh", "-c", fetch]);
    expect(own.stdout).not.toContain("by the proxy");
    // It is started again only after a while.
    await box(["exec", "--sidecar", proxied, "sh", "-c", "kill -9 $(pidof nc)"]);
    const refused = await box(["exec", proxied, "sh", "-c", `until ! ${fetch}; do :; done`]);
    expect(refused.stderr).toContain("Connection refused");
  });

  it.runIf(DRIVER === "krun")("cannot redirect connections that TSI carries", async () => {
    const flags = ["--sidecar", made("proxy"), "--sidecar-proxy", "transparent"];
    const { code, stderr } = await run(["--rm", ...flags, BUSYBOX, "true"]);
    expect([code, stderr]).toEqual([
      125,
      "box: --sidecar-proxy: not available with the network `tsi` and krun\nhint: choose the network `bridge`, or the proxy `http`\n",
    ]);
  });
});

describe("a sidecar that fails ends the box with 125 and says why", () => {
  it.each([
    ["dying", {}, "box: the sidecar exited with code 3 before it was ready; its last output: no database\n"],
    [
      "silent",
      { BOX_SIDECAR_LIMIT: "1" },
      "box: the sidecar was not ready within 1 s: port 4092 took no connection\n",
    ],
  ])("%s", async (image, env, stderr) => {
    const ran = await run(["--rm", "--sidecar", made(image), BUSYBOX, "echo", "started"], { env });
    expect(ran).toMatchObject({ code: 125, stdout: "", stderr });
  });

  it("without its image", async () => {
    const ran = await run(["--rm", "--pull", "never", "--sidecar", "no/such", BUSYBOX, "echo", "started"]);
    expect(ran).toMatchObject({ code: 125, stdout: "" });
    expect(ran.stderr).toMatch(/the image of the sidecar: .*no\/such/);
  });
});
