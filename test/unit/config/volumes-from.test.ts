import { describe, expect, it } from "vitest";
import { withInherited } from "../../../src/config/spec/mounts.js";
import { parseVolume, type Volume } from "../../../src/config/syntax/volume.js";
import { parseVolumesFrom } from "../../../src/config/syntax/volumes-from.js";

describe("--volumes-from", () => {
  it.each([
    ["web", "web", false],
    ["web:ro", "web", true],
    ["web:rw,z", "web", false],
    ["web:", "web", false],
    ["/web:Z,ro", "/web", true],
  ])("of %s names a box and a mode", (text, box, readOnly) => {
    expect(parseVolumesFrom(text)).toEqual({ box, readOnly });
  });

  it.each(["web:nocopy", "web:rprivate", "web:ro,rw", "web:ro:ro", "web:constructor", ""])(
    "refuses %j",
    (text) => {
      expect(() => parseVolumesFrom(text)).toThrow(
        expect.objectContaining({ code: "invalid-volume" }) as Error,
      );
    },
  );

  it("yields to the box's own mounts, except to volumes without a name", () => {
    const volume = (text: string) => parseVolume(text, "/");
    const inherited = ["data:/data", "data:/run", "data:/unnamed", "data:/more"].map((text): Volume => ({
      ...volume(text),
      inherited: true,
    }));
    const own = [volume("own:/data"), volume("/unnamed"), volume("/other")];
    const mounts = withInherited([...own, { kind: "tmpfs", target: "/run", options: [] }], inherited);
    expect(mounts.map((mount) => `${mount.kind === "tmpfs" ? "" : mount.source}:${mount.target}`)).toEqual([
      "own:/data",
      ":/other",
      ":/run",
      "data:/unnamed",
      "data:/more",
    ]);
  });
});
