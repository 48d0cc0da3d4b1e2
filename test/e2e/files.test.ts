import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awaitLog, box, runDetached } from "./box.js";
import { BUSYBOX } from "./images.js";

const LONG = "a-long-name".repeat(12);

describe("the files of a box", () => {
  const folder = mkdtempSync(join(tmpdir(), "box-files-"));
  let id: string;
  beforeAll(async () => {
    const script = [
      "mkdir -p /new/deep && echo hi > /new/deep/file && ln /new/deep/file /new/again && ln -s /nowhere /new/link",
      `mknod /new/pipe p && echo long > /new/${LONG} && chown 5000000:3 /new/again && touch -d @-86400 /new/deep`,
      "rm /bin/ls && rm -rf /etc/network && mkdir /etc/network && echo 1 > /etc/network/x && chmod 700 /home",
      "echo mine > /mounted/file; echo up; sleep 10000",
    ];
    id = await runDetached(["--tmpfs", "/mounted", BUSYBOX, "sh", "-c", script.join("\n")]);
    await awaitLog(id, "up");
  });
  afterAll(async () => {
    await box(["rm", "-f", id]);
    rmSync(folder, { recursive: true });
  });

  it("are distinguished from the image's by box diff", async () => {
    const { stdout, stderr } = await box(["diff", id]);
    expect(stderr).toBe("");
    expect(stdout.trim().split("\n").sort()).toEqual(
      [
        ...["C /bin", "D /bin/ls", "C /etc", "A /etc/network", "A /etc/network/x", "C /home", "A /mounted"],
        ...["A /new", "A /new/again", "A /new/deep", "A /new/deep/file", "A /new/link", "A /new/pipe"],
        `A /new/${LONG}`,
      ].sort(),
    );
  });

  it("are exported completely, without the contents of mounts", async () => {
    const tar = join(folder, "export.tar");
    expect(await box(["export", "-o", tar, id])).toMatchObject({ code: 0, stdout: "", stderr: "" });
    const tree = join(folder, "tree");
    execFileSync("sh", ["-c", 'mkdir "$1" && tar -xpf "$2" -C "$1"', "sh", tree, tar]);
    const read = (path: string) => readFileSync(join(tree, path), "utf8");
    expect([read("new/deep/file"), read(`new/${LONG}`), read("etc/network/x")]).toEqual([
      "hi\n",
      "long\n",
      "1\n",
    ]);
    const [file, again] = ["new/deep/file", "new/again"].map((path) => statSync(join(tree, path)));
    expect(again).toMatchObject({ ino: file?.ino, nlink: 2, uid: 5_000_000, gid: 3 });
    expect(statSync(join(tree, "new/deep")).mtimeMs).toBe(-86_400_000);
    const ends =
      'cd "$1" && find mounted proc dev sys -mindepth 1 | wc -l; ls bin/ls new/pipe etc/hosts 2>/dev/null';
    expect(execFileSync("sh", ["-c", `${ends}; :`, "sh", tree]).toString()).toBe("0\netc/hosts\nnew/pipe\n");
  });
});
