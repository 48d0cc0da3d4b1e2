import { join } from "node:path";

/** Where images, and what they are made from, are kept. */
export const BUILD = join(import.meta.dirname, "..", "..", "build", "images");
