import { join } from "node:path";
import { DRIVER, ROOT, testEnvironment } from "./box.js";

type Library = typeof import("../../src/index.js");
type CreateOptions = import("../../src/index.js").CreateOptions;

/** The library as built, beside the files that starting a VM needs. */
export const { Box, BoxError, openEngine } = (await import(join(ROOT, "dist", "index.js"))) as Library;

/** The engine of the tests' BOX_HOME. */
export const engine = openEngine({ env: testEnvironment() });

/** Creates a box on the driver under test. One CPU unless the test asks for more. */
export function create({ resources, ...options }: CreateOptions): ReturnType<Library["Box"]["create"]> {
  return Box.create({ engine, vmm: DRIVER, resources: { vcpus: 1, ...resources }, ...options });
}

const made: InstanceType<Library["Box"]>[] = [];

/** Removes a box after all tests of the file. */
export async function keep(making: ReturnType<typeof create>): ReturnType<typeof create> {
  const box = await making;
  made.push(box);
  return box;
}

export async function closeBoxes(): Promise<void> {
  for (const box of made.splice(0)) await box[Symbol.asyncDispose]();
}
