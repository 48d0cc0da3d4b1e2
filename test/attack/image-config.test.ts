import { describe, expect, it } from "vitest";
import { checkRunConfig } from "../../src/oci/check-run-config.js";
import { home, product, pull, refusal, surroundings } from "../registry/hostile.js";
import { makeImage, makeTar } from "../registry/image.js";
import { writeLayout } from "../registry/layout.js";
import { access } from "node:fs/promises";
import { join } from "node:path";

const tars = [makeTar({ a: "b" })];
const NUL: [string, object][] = [
  ["User", { User: "a\0b" }],
  ["WorkingDir", { WorkingDir: "/a\0b" }],
  ["StopSignal", { StopSignal: "TERM\0" }],
  ["Env", { Env: ["A=b", "A\0=b"] }],
  ["Env", { Env: ["A=b\0c"] }],
  ["Entrypoint", { Entrypoint: ["sh", "\0"] }],
  ["Cmd", { Cmd: ["a\0b"] }],
  ["Healthcheck", { Healthcheck: { Test: ["CMD", "a\0"] } }],
  ["ExposedPorts", { ExposedPorts: { "80\0": {} } }],
  ["Volumes", { Volumes: { "/a\0b": {} } }],
  ["Labels", { Labels: { "a\0b": "c" } }],
  ["Labels", { Labels: { a: "b\0c" } }],
];
const RELATIVE: [string, object][] = [
  ["WorkingDir", { WorkingDir: "app" }],
  ["WorkingDir", { WorkingDir: "../app" }],
  ["WorkingDir", { WorkingDir: "app\n\u001b[2Jbox: all is well" }],
  ["Volumes", { Volumes: { data: {} } }],
  ["Volumes", { Volumes: { "": {} } }],
];

describe("an image's configuration", () => {
  it.each(NUL)("with a NUL byte in %s, %j, is an error that blames the image", async (where, config) => {
    expect(await refusal(makeImage(tars, { config }))).toMatchObject({
      code: "bad-image",
      message: expect.stringMatching(
        new RegExp(`^image .* is not valid: its ${where} .* contains a NUL byte`),
      ) as string,
    });
  });

  it.each(RELATIVE)(
    "with a relative path in %s, %j, is an error that blames the image",
    async (where, config) => {
      const { code, message } = await refusal(makeImage(tars, { config }));
      expect([code, message]).toEqual(["bad-image", expect.stringContaining(`its ${where} "`)]);
      expect(message).toMatch(/is not an absolute path$/);
    },
  );

  it("is checked before any layer is fetched, in archives too", async () => {
    const image = makeImage(tars, { config: { WorkingDir: "app" } });
    await refusal(image);
    const layer = join(home, "layers", `${(image.diffIds[0] ?? "").slice(7)}.tar`);
    await expect(access(layer)).rejects.toThrow();
    const layout = join(surroundings, "a", "layout");
    await writeLayout(layout, { "docker.io/library/app:1": image });
    const loading = product.loadArchive(layout, { onProgress: () => undefined });
    await expect(loading.next()).rejects.toMatchObject({ code: "bad-image" });
  });

  it("with invalid ports and signals is treated as if it had none, as with Docker", async () => {
    const config = {
      ExposedPorts: { "80/sctp": {}, nonsense: {} },
      StopSignal: "SIGNOTHING",
      WorkingDir: "",
    };
    expect((await pull(makeImage(tars, { config }))).config.StopSignal).toBe("SIGNOTHING");
    expect(() => checkRunConfig({}, "empty")).not.toThrow();
  });
});
