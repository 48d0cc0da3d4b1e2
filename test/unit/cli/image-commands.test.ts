// @module-tag registry
import { access, mkdir, mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startFaultProxy } from "../../registry/fault-proxy.js";
import { makeImage, makeTar, pushImage, sha256, type TestImage } from "../../registry/image.js";
import { startRegistry, type Registry } from "../../registry/registry.js";
import { runCommand } from "./command.js";

let registry: Registry;
let home: string;

async function box(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await runCommand(args, { home });
  return { code, stdout, stderr };
}

const lines = (text: string) => text.split("\n").filter(Boolean);
const short = (image: TestImage) => image.configDigest.slice(7, 19);

const shared = makeTar({ base: "shared ".repeat(1000) });
const older = makeImage([shared, makeTar({ a: "older" })], {
  created: "2026-01-01T00:00:00Z",
  config: { Cmd: ["a"], Labels: { team: "web" } },
  history: [{ comment: "first" }, { comment: "made by hand" }],
});
const newer = makeImage([shared, makeTar({ a: "newer" })], { created: "2026-02-01T00:00:00Z" });

beforeAll(async () => {
  registry = await startRegistry();
  await pushImage(registry.host, "test/older", "latest", older);
  await pushImage(registry.host, "test/newer", "latest", newer);
}, 120_000);
afterAll(() => registry.stop());
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "box-image-commands-"));
  await box("pull", "-q", `${registry.host}/test/older`);
  await box("pull", "-q", `${registry.host}/test/newer`);
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe("box images", () => {
  it("lists the newest first, and applies filters", async () => {
    const names = async (...args: string[]) =>
      lines((await box("images", "--format", "{{.Repository}}", ...args)).stdout).map((name) =>
        name.slice(registry.host.length + 1),
      );
    expect(await names()).toEqual(["test/newer", "test/older"]);
    expect(await names("--filter", "label=team=web")).toEqual(["test/older"]);
    expect(await names("--filter", `before=${short(newer)}`)).toEqual(["test/older"]);
    expect(await names("--filter", `since=${registry.host}/test/older`)).toEqual(["test/newer"]);
    expect(await names("--filter", "reference=*/test/n?wer:latest")).toEqual(["test/newer"]);
    expect(await names("--filter", "dangling=true")).toEqual([]);
    expect(await names(`${registry.host}/test/older`)).toEqual(["test/older"]);
  });

  it("refuses an unknown filter with one line", async () => {
    const { code, stderr } = await box("images", "-f", "colour=red");
    expect(code).toBe(1);
    expect(lines(stderr)[0]).toBe("box: Invalid filter 'colour'");
  });

  it("shows digests and full IDs on request", async () => {
    const { stdout } = await box("images", "--digests", "--no-trunc", "*/test/older");
    expect(stdout).toContain(older.digest);
    expect(stdout).toContain(older.configDigest);
    expect((await box("images", "-q")).stdout).toBe(`${short(newer)}\n${short(older)}\n`);
  });
});

describe("box tag and box rmi", () => {
  it("add and remove names; an image is removed with its last name, a layer with its last image", async () => {
    expect((await box("tag", short(older), "mine:1")).code).toBe(0);
    expect((await box("rmi", "mine:1")).stdout).toBe("Untagged: mine:1\n");
    expect((await box("rmi", `${registry.host}/test/older`)).stdout).toBe(
      [
        `Untagged: ${registry.host}/test/older:latest`,
        `Untagged: ${registry.host}/test/older@${older.digest}`,
        `Deleted: ${older.configDigest}`,
        // The other layer is one of newer's.
        `Deleted: ${sha256(Buffer.from(older.diffIds.join(" ")))}\n`,
      ].join("\n"),
    );
    expect(await readdir(join(home, "layers"))).toHaveLength(4);
    await box("rmi", short(newer));
    expect(await readdir(join(home, "layers"))).toEqual([]);
    expect(await readdir(join(home, "images"))).toEqual([]);
  });

  it("refuse to remove an ID with several names, except with -f", async () => {
    await box("tag", short(older), "mine:1");
    const refused = await box("rmi", short(older));
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("image is referenced in multiple repositories");
    const { stdout } = await box("rmi", "-f", short(older));
    expect(lines(stdout)).toEqual([
      `Untagged: ${registry.host}/test/older:latest`,
      "Untagged: mine:1",
      `Untagged: ${registry.host}/test/older@${older.digest}`,
      `Deleted: ${older.configDigest}`,
      `Deleted: ${sha256(Buffer.from(older.diffIds.join(" ")))}`,
    ]);
  });

  it("report a missing image, except with -f, and remove the others", async () => {
    const { code, stdout, stderr } = await box("rmi", "nothing", short(newer));
    expect({ code, deleted: stdout.includes(newer.configDigest) }).toEqual({ code: 1, deleted: true });
    expect(stderr).toContain("No such image: nothing:latest");
    expect(await box("rmi", "-f", "nothing")).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("No such image") as string,
    });
  });
});

describe("box image and box history", () => {
  it("show an invalid time as N/A", async () => {
    for (const [i, created] of ["yesterday", "0001-01-01T00:00:00Z", "2026-02-30T99:00:00Z", ""].entries()) {
      const image = makeImage([shared], { created, history: [{ created }] });
      const name = `${registry.host}/test/timeless${i}`;
      await pushImage(registry.host, `test/timeless${i}`, "latest", image);
      await box("pull", "-q", name);
      const format = ["--format", "{{.CreatedAt}} {{.CreatedSince}}"];
      expect([created, (await box("history", ...format, name)).stdout]).toEqual([created, "N/A N/A\n"]);
      expect([created, (await box("images", ...format, name)).stdout]).toEqual([created, "N/A N/A\n"]);
      expect((await box("inspect", "-f", "[{{.Created}}]", name)).stdout).toBe("[]\n");
    }
  });

  it("use Docker's format with inspect", async () => {
    const { stdout } = await box("image", "inspect", short(older));
    expect(JSON.parse(stdout)).toMatchObject([
      {
        Id: older.configDigest,
        RepoTags: [`${registry.host}/test/older:latest`],
        RepoDigests: [`${registry.host}/test/older@${older.digest}`],
        Comment: "made by hand",
        Config: { Cmd: ["a"], Labels: { team: "web" } },
        RootFS: { Type: "layers", Layers: older.diffIds },
      },
    ]);
    const missing = await box("image", "inspect", "nothing");
    expect(missing).toMatchObject({ code: 1, stdout: "[]\n" });
  });

  it("show one line per layer with history, the last one first", async () => {
    const { stdout } = await box("history", "--format", "{{.ID}} {{.Size}}", short(older));
    expect(lines(stdout)).toEqual([
      `${short(older)} 2.05kB`,
      `<missing> ${shared.length / 1000}kB`.replace(/\d+\.\d+/, (n) => `${Number(Number(n).toPrecision(3))}`),
    ]);
  });

  it("remove images without names with prune, and with -a all that no box uses", async () => {
    await box("tag", `${registry.host}/test/newer`, `${registry.host}/test/older`);
    expect((await box("images", "-q", "*")).stdout).toBe("");
    expect((await box("images", "-q", "-f", "dangling=true")).stdout).toBe(`${short(older)}\n`);
    const { stdout } = await box("image", "prune", "-f");
    expect(lines(stdout).slice(0, 2)).toEqual(["Deleted Images:", `deleted: ${older.configDigest}`]);
    await box("system", "prune", "-f", "--volumes");
    const events = await box("events", "--since", "1h", "--until", "0s", "--filter", "event=prune");
    expect(events.stdout).toMatch(
      /^\S+ image prune {2}\(reclaimed=[1-9]\d+\)\n\S+ container prune {2}\(reclaimed=0\)\n\S+ network prune .*\n\S+ volume prune .*\n\S+ image prune .*\n$/,
    );
    expect((await box("image", "prune", "-af", "--filter", "until=2026-01-15T00:00:00Z")).stdout).toBe(
      "Total reclaimed space: 0B\n",
    );
    await box("image", "prune", "-a", "-f");
    expect(await readdir(join(home, "images"))).toEqual([]);
    expect(await readdir(join(home, "layers"))).toEqual([]);
  });
});

describe("prune commands", () => {
  const WARNINGS = [
    ["prune", "all stopped containers."],
    ["image prune", "all dangling images."],
    ["image prune -a", "all images without at least one container associated to them."],
    ["volume prune", "anonymous local volumes not used by at least one container."],
    ["volume prune -a", "all local volumes not used by at least one container."],
  ] as const;

  it.each(WARNINGS)("ask on stdout, and do nothing without a yes: %s", async (command, what) => {
    for (const input of ["", "n\n", "yes\n"]) {
      const asked = await runCommand(command.split(" "), { home, input });
      expect(asked).toMatchObject({
        code: 0,
        stdout: `WARNING! This will remove ${what}\nAre you sure you want to continue? [y/N] `,
      });
    }
    const { stdout } = await runCommand(command.split(" "), { home, input: "Y\n" });
    expect(stdout).toMatch(/\[y\/N\] (Deleted Images:\n(.+\n)+\n)?Total reclaimed space: /);
  });

  it("names everything that system prune removes, and its filters", async () => {
    const words = ["system", "prune", "-a", "--filter", "label=b", "--filter", "label!=a"];
    expect((await runCommand(words, { home, input: "n\n" })).stdout).toBe(
      [
        ..."WARNING! This will remove:|  - all stopped containers".split("|"),
        "  - all networks not used by at least one container",
        "  - all images without at least one container associated to them",
        ..."  - all build cache||  Items to be pruned will be filtered with:".split("|"),
        ..."  - label!=a|  - label=b||Are you sure you want to continue? [y/N] ".split("|"),
      ].join("\n"),
    );
  });
});

describe("box system", () => {
  it("prune names pools that are not running, if it removes any", async () => {
    await mkdir(join(home, "pools", "old"), { recursive: true });
    try {
      const { stdout } = await runCommand(["system", "prune"], { home, input: "n\n" });
      expect(stdout).toContain("  - unused build cache\n  - all pools that are not running\n\nAre you sure");
    } finally {
      await rm(join(home, "pools"), { recursive: true });
    }
  });

  it("df counts shared layers once", async () => {
    const { stdout } = await box("system", "df", "--format", "json");
    const [images] = lines(stdout).map((line) => JSON.parse(line) as Record<string, string>);
    expect(images).toMatchObject({ Type: "Images", TotalCount: "2", Active: "0" });
    expect(images?.["Reclaimable"]).toBe(`${images?.["Size"]} (100%)`);
  });

  it("check finds modified images and pulls them again", async () => {
    expect((await box("system", "check")).stdout).toBe("3 layers and 2 images checked, no errors found\n");
    const change = async (path: string) => {
      const file = await open(join(home, path), "r+");
      await file.write(Buffer.from("?"), 0, 1, 600);
      await file.close();
    };
    await change(`layers/${older.diffIds[0]?.slice(7) ?? ""}.tar`);
    const found = await box("system", "check");
    expect(found.stderr).toContain(`layer ${older.diffIds[0] ?? ""}: its content does not match its digest`);
    expect(lines(found.stdout)[0]).toBe("3 layers and 2 images checked, 1 damaged");
    expect(lines(found.stdout).filter((line) => line.startsWith("Repaired:"))).toHaveLength(2);
    await change(`images/${newer.digest.slice(7)}/index.erofs`);
    expect((await box("system", "check")).code).toBe(0);
    expect((await box("system", "check")).stdout).toBe("3 layers and 2 images checked, no errors found\n");
    expect(lines((await box("images", "-q")).stdout)).toHaveLength(2);
  });

  it("check ignores an incomplete layer that no image uses", async () => {
    const tar = makeTar({ half: "a layer" });
    const half = join(home, "layers", `${sha256(tar).slice(7)}.tar`);
    await writeFile(half, tar);
    expect(await box("system", "check")).toMatchObject({ code: 0, stderr: "" });
    await box("image", "prune", "-f");
    await expect(access(half)).rejects.toThrow("ENOENT");
  });
});

describe("box pull of an image that is up to date", () => {
  it("sends one request to the registry, and prints the same as any pull except for the status", async () => {
    const image = makeImage([shared]);
    await pushImage(registry.host, "test/current", "latest", image);
    const proxy = await startFaultProxy(registry.host);
    try {
      const name = `${proxy.host}/test/current`;
      const first = await box("pull", name);
      const before = proxy.requests.length;
      const current = first.stdout
        .replace(/^[0-9a-f]{12}: .*\n/gm, "")
        .replace("Downloaded newer image for", "Image is up to date for");
      expect(await box("pull", name)).toEqual({ code: 0, stdout: current, stderr: "" });
      expect(current).toBe(
        `Using default tag: latest\nlatest: Pulling from test/current\nDigest: ${image.digest}\nStatus: Image is up to date for ${name}:latest\n${name}:latest\n`,
      );
      expect(proxy.requests.slice(before).map(({ line }) => line)).toEqual([
        "HEAD /v2/test/current/manifests/latest",
      ]);
      expect((await box("pull", "-q", name)).stdout).toBe(`${name}:latest\n`);
      await pushImage(registry.host, "test/current", "latest", makeImage([makeTar({ other: "one" })]));
      expect((await box("pull", name)).stdout).toContain("Status: Downloaded newer image for");
    } finally {
      await proxy.stop();
    }
    const gone = await box("pull", `${proxy.host}/test/current`);
    expect(gone).toMatchObject({ code: 1, stdout: "Using default tag: latest\n" });
    expect(gone.stderr).toMatch(/^box: cannot connect to registry .*: .*\nhint: .*\n$/);
  });
});

describe("box pull --platform", () => {
  it("stores an image for another platform", async () => {
    const other = process.arch === "arm64" ? "amd64" : "arm64";
    const image = makeImage([shared], { architecture: other });
    const name = `${registry.host}/test/foreign`;
    await pushImage(registry.host, "test/foreign", "latest", image);
    expect((await box("pull", "--platform", `linux/${other}`, name)).stdout).toContain(image.digest);
  });
});
