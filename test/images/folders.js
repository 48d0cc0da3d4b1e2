import { join } from "node:path";

/** Keeps images and the packages that they are built from. */
export const BUILD = join(import.meta.dirname, "..", "..", "build", "images");

/** Keeps the emulators for images of other architectures. */
export const EMULATORS = join(import.meta.dirname, "..", "..", "build", "emulators");
