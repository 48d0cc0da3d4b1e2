import { fileURLToPath } from "node:url";

/** box-vmm, beside this bundle. */
export const VMM_HELPER = fileURLToPath(new URL("native/box-vmm", import.meta.url));
