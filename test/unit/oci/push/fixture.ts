import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { parsePlatform } from "../../../../src/config/syntax/platform.js";
import type { PushEvent } from "../../../../src/oci/push/layers.js";
import type { PushOptions } from "../../../../src/oci/push/push.js";
import type { Limits } from "../../../../src/oci/registry/failure.js";
import { parseReference } from "../../../../src/config/syntax/reference.js";
import { readTag, writeTag } from "../../../../src/oci/store/tags.js";
import { createWorkspace } from "../../../../src/oci/store/workspace.js";
import {
  DOCKER,
  makeImage,
  makeTar,
  pushImage as putImage,
  type TestImage,
  type TestIndex,
} from "../../../registry/image.js";
import { bundleProduct, type Product } from "../../../registry/product.js";
import { startRegistry, type Registry } from "../../../registry/registry.js";
import { createUser, type TestUser } from "../../../registry/user.js";
import { currentStore } from "../../current.js";

export let source: Registry;
export let target: Registry;
export let product: Product;
export let user: TestUser;
export const cleanups: (() => Promise<void>)[] = [];
/** A folder for all tests of a file. */
let common: string;
/** Starts the registries of a file. @param onDisk for large images (../../../registry/registry.js) */
export const useRegistries = (onDisk: boolean) =>
  beforeAll(async () => {
    [source, target] = await Promise.all([startRegistry({ onDisk }), startRegistry({ onDisk })]);
  });
beforeAll(async () => {
  common = await mkdtemp(join(tmpdir(), "box-push-"));
  product = await bundleProduct();
});
afterAll(() =>
  Promise.all([source.stop(), target.stop(), product.remove(), rm(common, { recursive: true })]),
);
beforeEach(async () => {
  user = await createUser();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await user.remove();
});

export const tars = [
  makeTar({ "etc/hostname": "box\n", big: "0123456789abcdef".repeat(60_000) }),
  makeTar({ "usr/bin/tool": "tool ".repeat(1000), "etc/hostname": "changed\n" }),
];
/** Compressed as other tools do: box would produce different bytes. */
export const hard = (tar: Buffer) => gzipSync(tar, { level: 9 });
export const image = makeImage(tars, {
  compress: hard,
  config: { Cmd: ["serve"] },
  created: "2026-01-02T03:04:05Z",
});
/** Incompressible, and larger than a chunk of 8 MiB. */
export const large = makeImage([makeTar({ random: randomBytes(8.5 * 2 ** 20) })], { compress: hard });

/** The store of the first test that has pulled `large`, and the reference that it was pulled by. */
let withLarge: { store: string; pulled: string } | undefined;

/** Pulls `large` once for all tests of a file; the others get a copy of that store. */
async function pullLarge(): Promise<string> {
  const store = join(user.folder, "box");
  if (withLarge) {
    await cp(withLarge.store, store, { recursive: true, preserveTimestamps: true });
    return withLarge.pulled;
  }
  const pulled = await pullFromSource(large, [undefined]);
  withLarge = { store: join(common, "box"), pulled };
  await cp(store, withLarge.store, { recursive: true, preserveTimestamps: true });
  return pulled;
}

/** Each name is used once, so that tests do not affect each other. */
let names = 0;
export const name = () => `test/image${names++}`;

/**
 * Puts an image into the source registry, pulls it from there, and tags it for the target.
 * @param platforms to pull of an index; default: the host's
 */
export async function pullAs(
  what: TestImage | TestIndex,
  reference: string,
  platforms: (string | undefined)[] = [undefined],
): Promise<string> {
  const pulled = what === large ? await pullLarge() : await pullFromSource(what, platforms);
  await retag(pulled, reference);
  return pulled;
}

async function pullFromSource(
  what: TestImage | TestIndex,
  platforms: (string | undefined)[],
): Promise<string> {
  const pulled = `${source.host}/${name()}:latest`;
  await putImage(source.host, parseReference(pulled).path, "latest", what);
  for (const text of platforms) {
    const platform = text === undefined ? undefined : parsePlatform(text);
    await product.ensureStored(pulled, { pull: "always", platform, onProgress: () => undefined });
  }
  return pulled;
}

export async function retag(from: string, to: string): Promise<void> {
  const tag = await readTag(currentStore(), parseReference(from));
  if (!tag) throw new Error(`${from} is not here`);
  const workspace = await createWorkspace(currentStore());
  await writeTag(currentStore(), workspace, parseReference(to), tag);
  await workspace.remove();
}

const LIMITS = { stallMs: 30_000, attempts: 4, backoffMs: 5 };

export async function push(reference: string, limits: Limits = LIMITS, options: PushOptions = {}) {
  const phases = new Map<string, PushEvent["phase"]>();
  const result = await product.pushImage(
    parseReference(reference),
    ({ digest, phase }) => phases.set(digest, phase),
    { limits, ...options },
  );
  return { ...result, phases: [...phases.values()] };
}

export async function manifestOf(reference: string) {
  const { domain, path, tag } = parseReference(reference);
  const response = await fetch(`http://${domain}/v2/${path}/manifests/${tag ?? ""}`, {
    headers: { accept: `${image.mediaType}, ${DOCKER.manifest}` },
  });
  const digest = response.headers.get("docker-content-digest");
  const manifest = (await response.json()) as {
    mediaType: string;
    config: { digest: string };
    layers: { digest: string; mediaType: string; size: number }[];
  };
  return { digest, manifest };
}

/** Unpacks an image with skopeo and umoci. @returns a list of its files with owner, mode, time and content */
export async function unpack(reference: string): Promise<string> {
  const folder = join(user.folder, `unpacked${names++}`);
  const run = promisify(execFile);
  await run("skopeo", [
    ...["--insecure-policy", "copy", "--quiet", "--src-tls-verify=false"],
    ...[`docker://${reference}`, `oci:${folder}-oci:latest`],
  ]);
  const rootless = process.getuid?.() === 0 ? [] : ["--rootless"];
  await run("umoci", ["unpack", ...rootless, "--image", `${folder}-oci:latest`, folder]);
  // Without the times of folders: those that no layer contains are created now.
  const list =
    "find . -type d -printf '%p %m %U %G\\n' | sort; find . ! -type d -printf '%p %m %U %G %T@ %s %l\\n' | sort; " +
    "find . -type f | sort | xargs sha256sum";
  return execFileSync("sh", ["-c", list], { cwd: join(folder, "rootfs"), encoding: "utf8" });
}
