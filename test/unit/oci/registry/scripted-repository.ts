import { afterEach } from "vitest";
import { parseReference } from "../../../../src/config/syntax/reference.js";
import { openRepository, type Repository } from "../../../../src/oci/registry/client.js";
import type { Limits } from "../../../../src/oci/registry/failure.js";
import type { TestImage } from "../../../registry/image.js";
import { startScripted, type Fault, type ScriptedRegistry } from "../../../registry/scripted.js";
import { currentHome } from "../../current.js";

/** Called after each test, in reverse order. */
export const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Starts a registry with faults that has an image as `team/app:latest`, and opens that repository, for one test. */
export async function openScripted(
  image: TestImage,
  fault?: Fault,
  limits?: Limits,
): Promise<{ registry: ScriptedRegistry; repository: Repository; abort: AbortController }> {
  const registry = await startScripted({ latest: image }, fault);
  const abort = new AbortController();
  const repository = openRepository(
    currentHome(),
    parseReference(`${registry.host}/team/app`),
    abort.signal,
    limits,
  );
  cleanups.push(registry.stop, repository.close);
  return { registry, repository, abort };
}

export async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
