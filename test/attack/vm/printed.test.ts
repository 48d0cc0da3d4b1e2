import { afterAll, expect, it } from "vitest";
import { awaitLog, box, runDetached } from "../../e2e/box.js";
import { BUSYBOX } from "../../e2e/images.js";

const boxes: string[] = [];
afterAll(() => box(["rm", "-f", ...boxes]));

const EVIL = "\u001b[2J\u009b31m\u202etxt.exe\nbox: all is well\t.";
const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e]/;

it("processes, files, labels and errors of a guest are shown with control characters escaped, and its streams unchanged", async () => {
  const script = `printf '%s' "$EVIL"; echo; : > "/tmp-$EVIL"; echo 'box-vmm: port 80 is already in use' > /dev/console; echo up; sleep 1000 & exec sh -c 'wait; read x' "$EVIL"`;
  const id = await runDetached([
    ...["-i", "-e", `EVIL=${EVIL}`, "-l", `evil=${EVIL}`, BUSYBOX, "sh", "-c", script],
  ]);
  boxes.push(id);
  await awaitLog(id, "up");
  const commands = [
    ["top", id],
    ["top", id, "-o", "pid,args"],
    ["ps", "--no-trunc"],
    ["ps", "--format", "{{.Labels}}|{{.Command}}"],
    ["inspect", id],
    ["inspect", "--format", "{{.Config.Env}} {{.Config.Labels.evil}}", id],
    ["diff", id],
    ["events", "--since", "1h", "--until", "0s", "-f", `box=${id}`],
  ];
  const outputs: string[] = [];
  for (const words of commands) {
    const { code, stdout, stderr } = await box(words);
    expect([words, code]).toEqual([words, 0]);
    expect([words, `${stdout}${stderr}`]).toEqual([words, expect.not.stringMatching(RAW)]);
    expect([words, stdout]).toEqual([words, expect.not.stringMatching(/^box: all is well/m)]);
    outputs.push(stdout);
  }
  expect(outputs.slice(0, 2).join("")).toContain("\\u202etxt.exe");
  expect(outputs[6]).toContain("\\u202etxt.exe");
  // The guest names a program that does not exist.
  const failed = await box(["exec", id, EVIL]);
  expect(failed.code).toBe(127);
  expect(failed.stderr).not.toMatch(RAW);
  expect(failed.stderr).not.toMatch(/^box: all is well/m);
  expect((await box(["logs", id])).stdout).toContain(EVIL);
});
