// zod/mini keeps `box run` quick: all of zod would cost some 20 ms at every start.
import * as z from "zod/mini";

const strings = () => z._default(z.array(z.string()), []);
const whole = (least: number, most: number, value: number) =>
  z._default(z.int().check(z.minimum(least), z.maximum(most)), value);

const Resources = z.object({
  vcpus: whole(1, 255, 2),
  memoryMb: whole(64, 1_048_576, 1024),
  diskMb: whole(64, 16_777_216, 4096),
});

/**
 * What a box is: the one validated object between the command line and everything else.
 * Strings in Docker's notation stay strings here; `syntax/` parses them.
 */
export const BoxConfig = z.object({
  image: z.string().check(z.minLength(1)),
  resources: z.prefault(Resources, {}),
  logLevel: z._default(z.enum(["debug", "info", "warn", "error"]), "info"),
  cmd: strings(),
  entrypointOverride: z._default(z.nullable(z.array(z.string())), null),
  volumes: strings(),
  extraEnv: z._default(z.array(z.tuple([z.string(), z.string()])), []),
  portMap: strings(),
  dns: strings(),
  network: z._default(z.enum(["tsi", "none"]), "tsi"),
  tmpfs: strings(),
});
export type BoxConfig = z.infer<typeof BoxConfig>;
