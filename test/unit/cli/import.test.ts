import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeTar } from "../../registry/image.js";
import { writeTar } from "../../tree/tar-writer.js";
import { differences, listFolder, normalise } from "../../tree/listing.js";
import { runCommand, type Result } from "./command.js";

const BOX = join(import.meta.dirname, "../../../dist/box.js");
const isRoot = process.getuid?.() === 0;

let folder: string;
let home: string;
let server: Server;
let answer: RequestListener;
let host: string;

async function box(args: string[], input: Buffer | "" = ""): Promise<Omit<Result, "signal">> {
  const { code, stdout, stderr } = await runCommand(args, { home, cwd: folder, input });
  return { code, stdout, stderr };
}

const tar = makeTar({ "etc/a": "a\n", "usr/tool": "tool ".repeat(100_000) });
const diffId = `sha256:${createHash("sha256").update(tar).digest("hex")}`;

interface Inspected {
  Id: string;
  Comment: string;
  Architecture: string;
  Config: Record<string, unknown>;
  RootFS: { Layers: string[] };
}
async function inspectImage(word: string): Promise<Inspected> {
  const [image] = JSON.parse((await box(["image", "inspect", word])).stdout) as Inspected[];
  if (!image) throw new Error("no image");
  return image;
}
const comment = async (word: string) =>
  (await box(["history", "--format", "{{.Comment}}", word])).stdout.trim();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "box-import-"));
  await Promise.all([
    writeFile(join(folder, "a.tar"), tar),
    writeFile(join(folder, "a.tgz"), gzipSync(tar)),
    writeFile(join(folder, "a.tar.zst"), execFileSync("zstd", ["-qc"], { input: tar })),
    writeFile(join(folder, "a.tar.xz"), execFileSync("xz", ["-c"], { input: tar })),
    writeFile(join(folder, "a.tar.bz2"), execFileSync("bzip2", ["-c"], { input: tar })),
    writeFile(join(folder, "empty"), ""),
    writeFile(join(folder, "cut.tgz"), gzipSync(tar).subarray(0, -50)),
    writeFile(join(folder, "cut.tar.xz"), execFileSync("xz", ["-c"], { input: tar }).subarray(0, -50)),
  ]);
  server = createServer((request, response) => answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  home = await mkdtemp(join(folder, "home-"));
});

const IMPORTS = "creates an image from %s and prints just its ID";

describe("box import", () => {
  async function isImported(file: string): Promise<void> {
    const { code, stdout, stderr } = await box(["import", file, "team/base:1"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    const image = await inspectImage("team/base:1");
    expect(image).toMatchObject({ Id: stdout.trim(), RootFS: { Layers: [diffId] } });
    expect(await readFile(join(home, "layers", `${diffId.slice(7)}.tar`))).toEqual(tar);
    expect(await readdir(join(home, "tmp"))).toEqual([]);
  }

  it.each(["a.tar", "a.tgz"])(IMPORTS, { tags: "slow" }, isImported);
  // test/unit/oci/compression tests the programs for these formats.
  it.each(["a.tar.zst", "a.tar.xz", "a.tar.bz2"])(IMPORTS, { tags: "full" }, isImported);

  it("reads standard input and does not require a name", async () => {
    const { stdout } = await box(["import", "-"], gzipSync(tar));
    expect((await inspectImage(stdout.trim())).RootFS.Layers).toEqual([diffId]);
    expect(await comment(stdout.trim())).toBe("Imported from -");
  });

  it("applies changes to the configuration, a message and another platform", async () => {
    const changes = [
      "-c",
      'CMD ["/bin/sh"]',
      "--change",
      "ENV A=1 B=$A",
      "-c",
      "EXPOSE 80",
      "--change=USER 7",
    ];
    await box(["import", ...changes, "-m", "by hand", "--platform", "linux/arm64", "a.tgz", "base"]);
    const image = await inspectImage("base:latest");
    expect(image.Config).toMatchObject({
      Cmd: ["/bin/sh"],
      Env: ["A=1", "B="],
      ExposedPorts: { "80/tcp": {} },
      User: "7",
    });
    expect(image.Architecture).toBe("arm64");
    expect(await comment("base")).toBe("by hand");
  });

  it.each<[string, string[], number, RegExp]>([
    ["an empty file", ["empty"], 1, /"empty": the archive is empty/],
    ["a truncated file", ["cut.tgz"], 1, /"cut.tgz": decompression failed: unexpected end of file/],
    [
      "a truncated xz file",
      ["cut.tar.xz"],
      1,
      /"cut.tar.xz": decompression failed: Unexpected end of input\nhint/,
    ],
    ["a file that is not a tar archive", [BOX], 1, /invalid tar at byte 0/],
    ["a missing file", ["none"], 1, /"none" cannot be read: no such file/],
    ["a directory", ["/etc"], 1, /"\/etc" cannot be read: is a directory/],
    ["a digest for a name", ["a.tgz", `a@${diffId}`], 1, /with a digest reference/],
    ["an invalid change, before it reads the file", ["-c", "RUN x", "none"], 1, /-c: "RUN x"/],
    ["a change with an invalid result", ["-c", "EXPOSE $A", "a.tgz"], 1, /-c EXPOSE: "" is not a port/],
    [
      "another operating system",
      ["--platform", "windows/amd64", "a.tgz"],
      125,
      /"windows\/amd64" is not a Linux platform/,
    ],
  ])("refuses %s", async (_, args, code, message) => {
    const result = await box(["import", ...args]);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toMatch(message);
    expect((await box(["images", "-aq"])).stdout).toBe("");
  });

  it.skipIf(!isRoot)(
    "keeps all metadata of a tree: skopeo and umoci unpack it unchanged",
    { tags: "slow" },
    async () => {
      const tree = join(folder, "tree");
      await mkdir(tree);
      const make = [
        "mkdir -p a/b && echo 1 > a/b/f && ln a/b/f a/g && ln -s ../x a/l && mkfifo a/p && mknod a/null c 1 3",
        "chown 1234:5678 a/g && chmod 4751 a/g && truncate -s 3M a/sparse && printf end >> a/sparse",
        "touch -d @1000000000 a a/b a/b/f a/sparse . && touch -h -d @5 a/l",
      ];
      execFileSync("sh", ["-ec", make.join("\n")], { cwd: tree });
      // The system may have no other tool to set attributes.
      const attributes = { "user.note": Buffer.from("hello"), "user.b": Buffer.of(0, 255) };
      const noted = writeTar([{ path: "a/noted", type: "0", mtime: 7, xattrs: attributes }]);
      execFileSync("tar", ["-x", "--xattrs", "--xattrs-include=*", "-C", tree], { input: noted });
      execFileSync("touch", ["-d", "@8", join(tree, "a")]);
      const pack = [
        "--xattrs",
        "--xattrs-include=*",
        "--sparse",
        "--format=posix",
        "-C",
        tree,
        "-cf",
        "-",
        ".",
      ];
      const made = await box(["import", "-", "tree"], execFileSync("tar", pack, { maxBuffer: 2 ** 26 }));
      expect(made.stderr).toBe("");
      await box(["save", "-o", "tree.tar", "tree"]);
      const layout = join(folder, "layout");
      execFileSync("skopeo", [
        "--insecure-policy",
        "copy",
        "-q",
        `oci-archive:${folder}/tree.tar`,
        `oci:${layout}:t`,
      ]);
      execFileSync("umoci", ["unpack", "--image", `${layout}:t`, join(folder, "bundle")], { stdio: "pipe" });
      const ours = await listFolder(tree);
      const theirs = await listFolder(join(folder, "bundle", "rootfs"));
      const whole = (lines: string[]) =>
        normalise(lines.map((line) => line.replace(/(?<=^(\S+ ){4}\d+)\.\d+/, "")));
      expect(whole(ours).length).toBeGreaterThan(8);
      expect(differences(whole(ours), whole(theirs))).toEqual([]);
    },
  );
});

describe("box import of a URL", () => {
  it("downloads it, follows redirects, and sends the password to the first host only", async () => {
    const seen: (string | undefined)[] = [];
    answer = (request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === "/a.tgz") response.end(gzipSync(tar));
      else response.writeHead(302, { location: `http://localhost:${host.split(":")[1]}/a.tgz` }).end();
    };
    const { stdout, stderr } = await box(["import", `http://me:s%20ecret@${host}/first`, "from:web"]);
    expect(stderr).toBe("");
    expect((await inspectImage("from:web")).Id).toBe(stdout.trim());
    expect(await comment("from:web")).toBe(`Imported from http://${host}/first`);
    expect(seen).toEqual([`Basic ${Buffer.from("me:s ecret").toString("base64")}`, undefined]);
  });

  it.each<[string, RequestListener, RegExp]>([
    ["that does not exist", (_, response) => response.writeHead(404).end(), /status 404/],
    [
      "that redirects in a loop",
      (_, response) => response.writeHead(302, { location: "/x" }).end(),
      /more than 5 times/,
    ],
    [
      "that redirects to another scheme",
      (_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
      /redirects to "file:\/\/\/etc\/passwd"/,
    ],
    [
      "whose connection breaks",
      (_, response) => {
        response.writeHead(200, { "content-length": "1000000" });
        response.write(tar.subarray(0, 1000));
        setImmediate(() => response.destroy());
      },
      /cannot download/,
    ],
  ])("refuses one %s, without showing the password", async (_, respond, message) => {
    answer = respond;
    const { code, stderr, stdout } = await box(["import", `http://me:secret@${host}/a`]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).toContain(`http://${host}/a`);
    expect(stderr).not.toContain("secret");
  });
});
