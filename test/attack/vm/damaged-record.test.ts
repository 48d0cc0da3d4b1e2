import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { box, runDetached, testEnvironment } from "../../e2e/box.js";
import { BUSYBOX } from "../../e2e/images.js";

const ids: string[] = [];
afterAll(() => box(["rm", "-f", ...ids]));

const folderOf = (id: string) => join(testEnvironment()["BOX_HOME"] ?? "", "boxes", id);

/** The host processes started for a box: its monitor and its VMM. */
function processesOf(id: string): string[] {
  const words = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
      return "";
    }
  };
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && words(pid).includes(id));
}

it.each<[string, (path: string) => void]>([
  ["garbage", (path) => writeFileSync(path, "garbage")],
  ["a FIFO", (path) => void execFileSync("mkfifo", [path])],
])("rm -f stops and removes a running box whose record was replaced by %s", async (_, damage) => {
  const id = await runDetached([BUSYBOX, "sleep", "1000"]);
  ids.push(id);
  const path = join(folderOf(id), "box.json");
  rmSync(path);
  damage(path);
  expect(processesOf(id)).not.toEqual([]);
  expect(await box(["stop", id])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`${path} is damaged`) as string,
  });
  expect(await box(["rm", "-f", id])).toMatchObject({ code: 0, stdout: `${id}\n`, stderr: "" });
  expect(processesOf(id)).toEqual([]);
  expect(readdirSync(join(folderOf(id), ".."))).not.toContain(id);
});
