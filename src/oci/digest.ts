import { createHash } from "node:crypto";

/** Returns the digest of content (OCI image-spec, descriptor.md): `sha256:…`. */
export function sha256(data: Uint8Array): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}
