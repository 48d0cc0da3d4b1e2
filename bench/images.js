// Prepares the images of the end-to-end tests, which the benchmarks also use.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { prepare } from "../test/e2e/prepare.js";

export const ROOT = join(import.meta.dirname, "..");
/** A BOX_HOME that holds them. */
export const HOME = process.env["BOX_TEST_HOME"] ?? join(ROOT, "build", "e2e", "home");

/** Programs and disks that the benchmarks build for themselves. */
export const WORK = join(ROOT, "build", "bench");

if (process.env["BOX_TEST_PREPARED"] !== "1") await prepare();
const { registry } = /** @type {{ registry: string }} */ (
  JSON.parse(readFileSync(join(HOME, "prepared.json"), "utf8"))
);

export const BUSYBOX = `${registry}/test/busybox:latest`;
export const ARM64 = `${registry}/test/busybox-arm64:latest`;
export const PYTHON = `${registry}/test/python:latest`;
