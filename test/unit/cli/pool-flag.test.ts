import { describe, expect, it } from "vitest";
import { resolveWords } from "./resolve.js";

describe("--pool", () => {
  it.each([
    ["--pool", { enabled: true, name: "default" }],
    ["--pool=web", { enabled: true, name: "web" }],
    ["--pool=true", { enabled: true, name: "default" }],
    ["--pool=web --pool=false", { enabled: false, name: "default" }],
  ])("names a pool, or none: %s", async (line, pool) => {
    expect((await resolveWords([...line.split(" "), "x", "web"])).config).toMatchObject({
      pool,
      cmd: ["web"],
    });
  });

  it("refuses what is not a name", async () => {
    await expect(resolveWords(["--pool=a/b", "x"])).rejects.toThrow(
      '--pool: "a/b" is not the name of a pool',
    );
    await expect(resolveWords(["--pool=", "x"])).rejects.toThrow("--pool");
  });
});
