import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSettings } from "../../../src/config/settings.js";
import { currentHome } from "../current.js";

describe("the user's settings", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "box-settings-"));
    process.env["BOX_SETTINGS"] = join(folder, "settings.yaml");
  });
  afterAll(() => {
    delete process.env["BOX_SETTINGS"];
    rmSync(folder, { recursive: true });
  });
  const write = (text: string) => writeFileSync(join(folder, "settings.yaml"), text);

  it("are empty without a file, or with an empty one", async () => {
    expect(await readSettings(currentHome())).toEqual({});
    write("# nothing yet\n");
    expect(await readSettings(currentHome())).toEqual({});
  });

  it("are read from YAML and from JSON", async () => {
    write("cache:\n  maxRootfsEntries: 3\nregistries:\n  docker.io: { mirrors: [mirror.example] }\n");
    expect(await readSettings(currentHome())).toEqual({
      cache: { maxRootfsEntries: 3 },
      registries: { "docker.io": { mirrors: ["mirror.example"] } },
    });
    write('{"registries": {"127.0.0.1:5000": {"insecure": true}}}');
    expect(await readSettings(currentHome())).toEqual({
      registries: { "127.0.0.1:5000": { insecure: true } },
    });
  });

  it.each([
    ["cache: ]", "Unexpected"],
    ["cache: { maxRootfsEntries: 0 }", "cache.maxRootfsEntries: 0 is less than 1"],
    ["registries: { a.example: { insecur: true } }", 'unknown key "insecur" in registries.a.example'],
    ["cach: {}", 'settings.yaml": unknown key "cach"'],
    [
      "registries: { a.example: { ca: ca.pem } }",
      'registries.a.example.ca: "ca.pem" is not an absolute path',
    ],
    ["nonsense", 'the file: "nonsense" is not an object'],
  ])("are refused with an error of one line if they are invalid: %s", async (text, message) => {
    write(text);
    const error = (await readSettings(currentHome()).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: "invalid-settings" });
    expect(error.message).toContain(message);
    expect(error.message).not.toContain("\n");
  });
});
