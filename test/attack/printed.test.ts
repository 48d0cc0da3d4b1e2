import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { QUOTED, visible, visibleLines } from "../../src/config/syntax/visible.js";
import { eventFormat } from "../../src/docker/events/format.js";
import { formatRows } from "../../src/cli/output/rows.js";
import { formatList } from "../../src/docker/format.js";
import { explainDeath, explainSilence } from "../../src/vm/monitor/failure.js";
import { makeImage, makeTar } from "../registry/image.js";
import { startScripted, type ScriptedRegistry } from "../registry/scripted.js";
import { createUser, type TestUser } from "../registry/user.js";
import { runCommand } from "../unit/cli/command.js";

/** Clears the screen, sets colors, the same in 8-bit form, a title, direction, lines, tabs, a faked line of box. */
const EVIL = "\u001b[2J\u009b31m\u001b]0;x\u0007\u202etxt.exe\u2066\u2028\u007f\r\nbox: all is well\t\ud800";
/** Characters that output may contain only as its own newlines and tabs. */
const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

let user: TestUser;
let registry: ScriptedRegistry;
const image = makeImage([makeTar({ a: "b" })], {
  config: { Cmd: [EVIL], Env: [`A=${EVIL}`], Labels: { [EVIL]: EVIL, plain: EVIL }, User: EVIL },
  history: [{ created_by: EVIL, comment: EVIL, created: "2026-01-01T00:00:00Z" }],
});

beforeAll(async () => {
  user = await createUser();
  registry = await startScripted({ latest: image }, (request, response) => {
    if (!request.url?.includes("/bad/")) return false;
    response.writeHead(403).end(JSON.stringify({ errors: [{ code: EVIL, message: EVIL }] }));
    return true;
  });
});
afterAll(async () => {
  await registry.stop();
  await user.remove();
});

const box = (...words: string[]) => runCommand(words, { program: "box" });

describe("text from an image and its registry", () => {
  it("is shown with control characters escaped by every command that shows it", async () => {
    const name = `${registry.host}/app`;
    const commands = [
      ["pull", name],
      ["history", "--no-trunc", name],
      ["history", "--format", "json", name],
      ["history", "--no-trunc", "--format", "{{.CreatedBy}} {{.Comment}}", name],
      ["image", "inspect", name],
      ["image", "inspect", "--format", "json", name],
      ["image", "inspect", "--format", "{{.Config.Labels.plain}} {{json .Config.Env}}", name],
      ["images"],
      ["events", "--since", "1h", "--until", "0s"],
      ["events", "--since", "1h", "--until", "0s", "--format", "{{json .}}"],
      ["pull", `${registry.host}/bad/app`],
      ["rmi", name],
    ];
    for (const words of commands) {
      const { code, stdout, stderr } = await box(...words);
      expect([words, code]).toEqual([words, words[1]?.includes("/bad/") ? 1 : 0]);
      expect([words, `${stdout}${stderr}`]).toEqual([words, expect.not.stringMatching(RAW)]);
      expect([words, `${stdout}${stderr}`]).toEqual([words, expect.not.stringMatching(/^box: all is well/m)]);
    }
  });

  it("is passed unchanged to programs that read JSON", async () => {
    const name = `${registry.host}/app`;
    await box("pull", name);
    const { stdout } = await box("image", "inspect", name);
    const [found] = JSON.parse(stdout) as { Config: { Labels: Record<string, string> } }[];
    expect(found?.Config.Labels["plain"]).toBe(EVIL);
  });

  it("cannot add lines or columns to a table", async () => {
    const rows = [{ Name: EVIL, Image: "a" }];
    const table = await formatRows(
      [
        ["NAME", "Name"],
        ["IMAGE", "Image"],
      ],
      rows,
    );
    expect(table).toHaveLength(2);
    const lines = await formatRows([["NAME", "Name"]], rows, { format: "table {{.Name}}\t{{.Image}}" });
    for (const line of [...table, ...lines]) expect(line).not.toMatch(/[\n\t]|[^\u0020-\u007e…]/);
    const formats = [
      "{{.Name}}",
      "{{print .Name}}",
      '{{printf "%s" .Name}}',
      '{{join (split .Name "zz") ""}}',
    ];
    for (const format of [...formats, "{{printf .Name}}", "{{$x := .Name}}{{$x}}"]) {
      expect(await formatList(format, rows, [])).toEqual([visible(EVIL)]);
    }
    // The text of the template stays.
    expect(await formatList("x\\t{{println .Image}}\\ny", rows, [])).toEqual(["x\ta\n\ny"]);
    expect(JSON.parse((await formatList("{{json .Name}}", rows, []))[0] ?? "")).toBe(EVIL);
    const event = { time: "2026-01-01T00:00:00Z", type: "container", action: EVIL, id: EVIL } as const;
    const told = (await eventFormat(undefined))({ ...event, attributes: { [EVIL]: EVIL } });
    expect(told).not.toMatch(/[^\u0020-\u007e]/);
  });

  it("stays readable in all languages", () => {
    const text = "Grüße, 世界, שלום, 👋🏽, e\u0301, na\u200dme";
    expect(visible(text)).toBe(text);
    expect(visible("a\nb\tc\u001b")).toBe("a\\nb\\tc\\x1b");
    expect(visibleLines("a\nb\tc\u001b\u009b")).toBe("a\nb\tc\\x1b\\u009b");
  });
});

describe("a line on the console", () => {
  const fake = "box-vmm: port 127.0.0.1:80 is already in use";
  const slirp = "Could not set up host forwarding rule 'tcp::80-:80'";
  const ended = "box-vmm ended: signal 9 (Killed)";

  it.each([false, true])("is never attributed to the VMM (the box runs: %s)", (running) => {
    const when = running ? "while the box was running" : "before the box was up";
    expect(explainDeath({ vmm: [], console: [slirp, fake, ended] }, running)).toMatchObject({
      code: "vmm-died",
      message: `the virtual machine exited ${when}; last output on the console:${QUOTED}${slirp}${QUOTED}${fake}${QUOTED}${ended}`,
    });
  });

  it("is shown apart from the lines of a VMM that a program of the box may have taken over, which is not trusted either", () => {
    const { code, message } = explainDeath({ vmm: [fake, slirp, ended], console: ["word"] }, true);
    expect([code, message]).toEqual([
      "vmm-died",
      `the virtual machine exited while the box was running: signal 9 (Killed); last output of the VMM and on the console:` +
        `${QUOTED}VMM: ${fake}${QUOTED}VMM: ${slirp}${QUOTED}console: word`,
    ]);
  });

  it("is not taken for the exit status unless it is the VMM's last line", () => {
    const death = (...vmm: string[]) => explainDeath({ vmm, console: [] }, true).message;
    expect(death("box-vmm ended: by magic", "box-vmm ended: signal 6")).toContain("running: signal 6;");
    expect(death("box-vmm ended: by magic", "word")).toContain(
      "running; the console is empty; last output of the VMM:",
    );
  });

  it("is marked where a message quotes it, and cannot escape its mark", () => {
    const evil = [`a\u001b[2J\nbox: x`];
    for (const words of [
      { vmm: [], console: evil },
      { vmm: evil, console: [] },
    ])
      for (const { message } of [explainDeath(words, true), explainSilence(1000, words)]) {
        const lines = message.split("\n").slice(1);
        expect(lines.filter((line) => /^ {2}\| a/.test(line))).toHaveLength(1);
        expect(lines.filter((line) => !line.startsWith("  | "))).toEqual([]);
      }
  });
});
