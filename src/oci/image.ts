import { z } from "zod";

/** `config` of an image configuration (OCI image-spec, config.md); what box reads of it. */
export const ImageRunConfig = z.object({
  User: z.string().optional(),
  Env: z.array(z.string()).nullish(),
  Entrypoint: z.array(z.string()).nullish(),
  Cmd: z.array(z.string()).nullish(),
  WorkingDir: z.string().optional(),
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
  Volumes: z.record(z.string(), z.unknown()).nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
  StopSignal: z.string().optional(),
});
export type ImageRunConfig = z.infer<typeof ImageRunConfig>;

/** An image that is on this host and ready to boot from. */
export interface Image {
  /** Canonical reference it was asked for, e.g. `docker.io/library/nginx:alpine`. */
  reference: string;
  /** Digest of the platform's manifest, `sha256:…`. */
  digest: string;
  /** Digest of the configuration: Docker's image id. */
  id: string;
  /** `linux/amd64`. */
  platform: string;
  config: ImageRunConfig;
  /** Absolute path of the VMDK descriptor that shows metadata and layers as one read-only disk. */
  disk: string;
}
