import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { awaitLog, box, runDetached } from "../../e2e/box.js";
import { BUSYBOX } from "../../e2e/images.js";
import { processesNaming } from "../../e2e/processes.js";

let folder: string;
const boxes: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-node-"));
});
afterAll(async () => {
  await box(["rm", "-f", ...boxes]);
  await rm(folder, { recursive: true });
});

it("the caller's variables for Node reach only the box, on its first start and on later ones", async () => {
  const [module, loaded] = [join(folder, "module.js"), join(folder, "loaded")];
  await writeFile(module, `require("node:fs").writeFileSync(${JSON.stringify(loaded)}, "");`);
  const env = {
    NODE_OPTIONS: `--require ${module}`,
    NODE_EXTRA_CA_CERTS: "/nonexistent.pem",
  };
  const words = ["--restart", "on-failure:1", "-e", "NODE_OPTIONS", "-e", "NODE_PATH=/x", BUSYBOX];
  const script = 'echo "$NODE_OPTIONS $NODE_PATH"; test -e /lived && exec sleep 1000; touch /lived; exit 1';
  const id = await runDetached([...words, "sh", "-c", script], { env });
  boxes.push(id);
  await awaitLog(id, `--require ${module} /x\n`, 2);
  const monitors = [...(await processesNaming(id))].filter(([, line]) => line.includes("monitor.js"));
  expect(monitors).toHaveLength(1);
  for (const [pid, line] of monitors) {
    // Its command line contains only the directory, by which it names itself once it has a box, and nothing from the
    // box.
    expect(line.trim()).toMatch(/^monitor\.js \/\S+$/);
    const names = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
    expect(names.filter((name) => /^(NODE_|BOX_CALLER_|OPENSSL_|SSL_CERT_|UV_)/.test(name))).toEqual([]);
  }
  expect(existsSync(loaded)).toBe(false);
});
