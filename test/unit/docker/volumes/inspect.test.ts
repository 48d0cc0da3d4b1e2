import { expect, it } from "vitest";
import { createInspector } from "../../../../src/docker/format.js";
import { describeVolume } from "../../../../src/docker/volumes/inspect.js";
import { recorded } from "../recorded.js";

const VOLUME = {
  name: "one",
  createdAt: "2026-01-31T12:00:00.123Z",
  labels: { a: "1" },
  anonymous: false,
  data: "<HOME>/volumes/one/_data",
};

async function inspect(volume: typeof VOLUME, format?: string): Promise<string> {
  const inspector = await createInspector(format);
  inspector.add(describeVolume(volume));
  return inspector.result();
}

it("a volume is printed as Docker does, to the byte", async () => {
  expect((await inspect(VOLUME)).replace("2026-01-31T12:00:00", "<TIME>")).toBe(
    recorded("volumes", "inspect", "docker volume inspect one"),
  );
});

it("a volume without labels has none, rather than an empty map", async () => {
  const plain = { ...VOLUME, labels: {} as typeof VOLUME.labels };
  expect(await inspect(plain, "{{json .Labels}} {{json .Options}}")).toBe("null null");
  expect(await inspect(VOLUME, "{{.Labels}} {{.Options}} {{.CreatedAt}}")).toBe(
    "map[a:1] map[] 2026-01-31T12:00:00Z",
  );
});
