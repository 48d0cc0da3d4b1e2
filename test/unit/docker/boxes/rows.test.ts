import { describe, expect, it } from "vitest";
import { describeRow, sampleRow } from "../../../../src/docker/boxes/rows.js";
import { checkListFormat, formatList } from "../../../../src/docker/format.js";
import type { Box } from "../../../../src/vm/box/find.js";
import type { BoxRecord } from "../../../../src/vm/box/record.js";
import { boxRecord, PROCESS } from "../../vm/record.js";

function box(more: Partial<BoxRecord>): Box {
  return { folder: "/nowhere", record: boxRecord("one", more), state: { status: "running" } };
}

const commandOf = (argv: string[], trunc = true) =>
  describeRow(box({ process: { ...PROCESS, argv } }), { trunc })["Command"];

describe("a row of ps", () => {
  it("shows the command as Docker does", () => {
    expect(commandOf(["sleep", "1000"])).toBe('"sleep 1000"');
    expect(commandOf(["sh", "-c", "exit 3"])).toBe(`"sh -c 'exit 3'"`);
    expect(commandOf(["/bin/sh", "-c", "sleep 1000"])).toBe(`"/bin/sh -c 'sleep 1…"`);
    expect(commandOf(["/bin/sh", "-c", "sleep 1000"], false)).toBe(`"/bin/sh -c 'sleep 1000'"`);
    expect(commandOf(["echo", 'a\n"b"'])).toBe(String.raw`"echo a\n\"b\""`);
  });

  it("joins ports to ranges, and lists those that are only exposed", () => {
    const port = (hostPort: number, guestPort: number, address = "", protocol: "tcp" | "udp" = "tcp") => ({
      ...{ address, hostPort, guestPort, protocol },
    });
    const shown = (ports: BoxRecord["ports"], exposed: string[] = []) => {
      const config = { ExposedPorts: Object.fromEntries(exposed.map((each) => [each, {}])) };
      const image = { reference: "x", digest: "sha256:0", id: "sha256:0", disk: "/x", config };
      return describeRow(box({ ports, image }), { trunc: true })["Ports"];
    };
    expect(shown([port(8123, 80), port(8124, 81, "127.0.0.1", "udp")], ["99/tcp", "80/tcp"])).toBe(
      "99/tcp, 0.0.0.0:8123->80/tcp, 127.0.0.1:8124->81/udp",
    );
    expect(shown([port(80, 80), port(81, 81), port(83, 83), port(80, 80, "::1")])).toBe(
      "0.0.0.0:80-81->80-81/tcp, 0.0.0.0:83->83/tcp, [::1]:80->80/tcp",
    );
    expect(shown([], ["53/udp", "54/udp", "80"])).toBe("53-54/udp, 80/tcp");
  });

  it.each([
    ["nginx", "nginx"],
    ["index.docker.io/library/nginx:1.2", "nginx:1.2"],
    ["ghcr.io/owner/app:1", "ghcr.io/owner/app:1"],
    [`library/nginx@sha256:${"1".repeat(64)}`, "nginx"],
    ["a".repeat(64), "a".repeat(12)],
    [`sha256:${"a".repeat(12)}`, "a".repeat(12)],
    ["oci:/x/Layout:tag", "oci:/x/Layout:tag"],
  ])("shows the image %s as %s", (image, shown) => {
    const { config, image: disk } = boxRecord("x");
    const one = box({ config: { ...config, image }, image: { ...disk, id: `sha256:${"a".repeat(64)}` } });
    expect(describeRow(one, { trunc: true })["Image"]).toBe(shown);
    expect(describeRow(one, { trunc: false })["Image"]).toBe(image);
  });

  it("shows a box whose program never ran as created", () => {
    const state = {
      status: "exited" as const,
      exitCode: 127,
      neverRan: true,
      startedAt: "2026-01-01T00:00:00Z",
    };
    expect(describeRow({ ...box({}), state }, { trunc: true })).toMatchObject({
      State: "created",
      Status: "Created",
    });
  });

  it("shortens the names of volumes unless asked not to", () => {
    const name = "b".repeat(64);
    const config = { ...boxRecord("x").config, volumes: ["/data"] };
    const one = box({ config, namedVolumes: [{ name, anonymous: true }] });
    expect(describeRow(one, { trunc: true })["Mounts"]).toBe(`${"b".repeat(14)}…`);
    expect(describeRow(one, { trunc: false })["Mounts"]).toBe(name);
  });

  it("has the labels of the image, and its own in place of them", () => {
    const { image, options } = boxRecord("x");
    const one = box({
      image: { ...image, config: { Labels: { tier: "front", z: "1" } } },
      options: { ...options, labels: { tier: "back" } },
    });
    expect(describeRow(one, { trunc: true })["Labels"]).toBe("tier=back,z=1");
  });

  it("measures sizes only for templates that show them", async () => {
    for (const [format, wanted] of [
      ["{{.Names}}", false],
      ["json", false],
      ["{{json .}}", true],
      ["table {{.Size}}", true],
    ] as const) {
      let asked = false;
      await checkListFormat(format, { row: sampleRow(() => (asked = true)), type: "x" });
      expect([format, asked]).toEqual([format, wanted]);
    }
  });

  it("prints a platform that is nil", async () => {
    const row = describeRow(box({}), { trunc: true });
    expect(await formatList("{{.Platform}} {{json .Platform}}", [row], [])).toEqual(["<nil> null"]);
    expect((await formatList("json", [row], []))[0]).toContain('"Platform":null');
  });
});
