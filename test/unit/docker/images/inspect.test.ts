import { expect, it } from "vitest";
import { createInspector } from "../../../../src/docker/format.js";
import { describeImage } from "../../../../src/docker/images/inspect.js";
import type { InspectedImage } from "../../../../src/engine/images/inspect.js";
import { recorded } from "../recorded.js";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const ID = `sha256:${"a".repeat(64)}`;
const LAYER = `sha256:${"b".repeat(64)}`;
const TARGET = `sha256:${"c".repeat(64)}`;

/** The images that test/diff uses. */
const BUSYBOX = { Env: [PATH], Cmd: ["sh"] };
const WEB = {
  Env: [PATH, "COLOR=blue", "EMPTY="],
  Cmd: ["httpd", "-f", "-p", "80", "-h", "/srv"],
  ExposedPorts: { "80/tcp": {}, "53/udp": {} },
  Labels: { tier: "front", "org.example.version": "2.0" },
  StopSignal: "SIGKILL",
  WorkingDir: "/srv",
};
const DB = {
  Env: [PATH],
  Entrypoint: ["/bin/sh", "-c"],
  Cmd: ["sleep 1000"],
  User: "1000:1000",
  Volumes: { "/data": {}, "/var/log/db": {} },
  Healthcheck: { Test: ["CMD-SHELL", "test -e /tmp/ready"], Interval: 1_000_000_000, Retries: 2 },
  Labels: { tier: "back" },
};

function image(config: Record<string, unknown> | null): InspectedImage {
  const parsed = (tag: string) => ({ domain: "docker.io", path: "library/busybox", tag });
  return {
    digest: TARGET,
    lastTagged: BigInt(Date.parse("2026-01-31T12:00:00.123Z")) * 1_000_000n + 456_700n,
    record: { id: ID, files: [{ path: "x", bytes: 1500 }] },
    tags: ["latest", "1.35"].map((tag) => ({ parsed: parsed(tag), target: TARGET, registryDigest: null })),
    details: {
      created: "2025-01-01T00:00:00Z",
      architecture: "amd64",
      os: "linux",
      config,
      rootfs: { diff_ids: [LAYER] },
    },
  } as unknown as InspectedImage;
}

async function inspect(config: Record<string, unknown> | null, format?: string): Promise<string> {
  const inspector = await createInspector(format);
  inspector.add(describeImage(image(config)));
  return inspector.result();
}

it("an image is printed as Docker does, to the byte", async () => {
  const own = (await inspect(BUSYBOX))
    .replace(/(Size": )\d+/g, "$1<BYTES>")
    .replace(/("Created": )".*"/, "$1<>");
  const docker = recorded("images", "inspect-whole", "sed ")
    .replaceAll("<ID2.1>", "a".repeat(64))
    .replaceAll("<ID2.2>", "b".repeat(64))
    .replace(/("Created": )".*"/, "$1<>");
  const graph = / {8}"GraphDriver": \{[^}]*\},\n/;
  expect(own).toMatch(graph);
  const plain = (text: string) => text.replace(/("LastTagTime": )".*"/, "$1<>");
  expect(plain(own).replace(graph, "")).toBe(plain(docker));
  expect(own).toMatch(/"LastTagTime": "2026-01-31T12:00:00\.1234567Z"/);
});

it("the configuration of an image has Docker's fields in templates", async () => {
  for (const [config, name] of [
    [WEB, "web"],
    [DB, "example/db:14"],
  ] as const)
    expect(await inspect(config, "{{json .Config}}")).toBe(
      recorded("images", "inspect-config-with-much", `docker inspect -f '{{json .Config}}' ${name}`),
    );
  expect(await inspect(DB, "{{.Config.Healthcheck.Interval}} {{.Config.Cmd}} {{.Config.Labels.tier}}")).toBe(
    "1s [sleep 1000] back",
  );
  expect(await inspect(null, "{{.Config.Env}} {{.RepoTags}}")).toBe("[] [busybox:1.35 busybox:latest]");
});

it("the keys of an image are Docker's", async () => {
  const format = "{{range $key, $value := .}}{{println $key}}{{end}}";
  expect((await inspect(BUSYBOX, format)).trim()).toBe(recorded("images", "inspect-keys", "docker image"));
});
