// zod/mini keeps `box run` fast: loading all of zod would take about 20 ms at every start.
import * as z from "zod/mini";

const Strings = z.nullish(z.array(z.string()));
const Words = z.nullish(z.record(z.string(), z.unknown()));

/** Docker's extension of the configuration; times in nanoseconds. An invalid one is ignored. */
const Healthcheck = z.object({
  Test: Strings,
  Interval: z.nullish(z.number()),
  Timeout: z.nullish(z.number()),
  StartPeriod: z.nullish(z.number()),
  StartInterval: z.nullish(z.number()),
  Retries: z.nullish(z.number()),
});

/** `config` of an image configuration (OCI image-spec, config.md); only the fields that box uses. */
export const ImageRunConfig = z.object({
  User: z.optional(z.string()),
  Env: Strings,
  Entrypoint: Strings,
  Cmd: Strings,
  WorkingDir: z.optional(z.string()),
  ExposedPorts: Words,
  Volumes: Words,
  Labels: z.nullish(z.record(z.string(), z.string())),
  StopSignal: z.optional(z.string()),
  Healthcheck: z.catch(z.nullish(Healthcheck), null),
});
export type ImageRunConfig = z.infer<typeof ImageRunConfig>;

/** An image that is on this host and ready to boot from. */
export interface Image {
  /** Canonical form of the requested reference, e.g. `docker.io/library/nginx:alpine`. */
  reference: string;
  /** Digest of the platform's manifest, `sha256:…`. */
  digest: string;
  /** Digest of the configuration: Docker's image ID. */
  id: string;
  /** `linux/amd64`. */
  platform: string;
  config: ImageRunConfig;
  /** Absolute path of the VMDK descriptor that combines the index and layers into one read-only disk. */
  disk: string;
}
