import { fileURLToPath } from "node:url";

/** Path of box-vmm, next to this bundle. */
export const VMM_HELPER = fileURLToPath(new URL("native/box-vmm", import.meta.url));
