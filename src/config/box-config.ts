// zod/mini keeps `box run` quick: all of zod would cost some 20 ms at every start.
import * as z from "zod/mini";
import { Cache } from "./cache.js";

const strings = () => z._default(z.array(z.string()), []);
const flag = (value = false) => z._default(z.boolean(), value);
const whole = (least: number, most: number) => z.int().check(z.minimum(least), z.maximum(most));
const wholeOr = (value: number, least: number, most: number) => z._default(whole(least, most), value);
const perhaps = (least: number, most: number) => z._default(z.nullable(whole(least, most)), null);
const share = (value: number) => z._default(z.number().check(z.minimum(0), z.maximum(1)), value);

const Resources = z.strictObject({
  vcpus: wholeOr(2, 1, 255),
  memoryMb: wholeOr(1024, 64, 1_048_576),
  /** Size of the writable layer. */
  diskMb: wholeOr(4096, 64, 16_777_216),
  /** Seconds after which the box is stopped; 0: never. */
  timeout: wholeOr(3600, 0, 2_147_483),
});

const Tee = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({
    kind: z.literal("sev_snp"),
    workloadId: z.string(),
    generation: z.enum(["milan", "genoa"]),
    simulate: flag(),
  }),
  z.strictObject({ kind: z.literal("tdx"), workloadId: z.string(), simulate: flag() }),
]);

const Scaling = z.strictObject({
  enabled: flag(),
  scaleUpThreshold: share(0.3),
  scaleDownThreshold: share(0.05),
  maxMinIdle: wholeOr(0, 0, 1000),
  cooldownSecs: wholeOr(60, 0, 86_400),
  windowSecs: wholeOr(120, 1, 86_400),
});

const Pool = z.strictObject({
  enabled: flag(),
  minIdle: wholeOr(1, 0, 1000),
  maxSize: wholeOr(5, 1, 1000),
  idleTtlSecs: wholeOr(300, 0, 86_400),
  scaling: z.prefault(Scaling, {}),
});

const ResourceLimits = z.strictObject({
  /** -1: unlimited. */
  pidsLimit: perhaps(-1, 4_194_304),
  cpusetCpus: z._default(z.nullable(z.string()), null),
  /** Docker's `name=soft[:hard]`. */
  ulimits: strings(),
  cpuShares: perhaps(2, 262_144),
  /** Microseconds per period; -1: unlimited. */
  cpuQuota: perhaps(-1, 1_000_000_000),
  /** Microseconds. */
  cpuPeriod: wholeOr(100_000, 1000, 1_000_000),
  /** Bytes. */
  memoryReservation: perhaps(0, Number.MAX_SAFE_INTEGER),
  /** Bytes, memory and swap together; -1: unlimited. */
  memorySwap: perhaps(-1, Number.MAX_SAFE_INTEGER),
});

const Sidecar = z.strictObject({
  image: z.string().check(z.minLength(1)),
  vsockPort: wholeOr(4092, 1, 4_294_967_294),
  env: z._default(z.array(z.tuple([z.string(), z.string()])), []),
});

/** Where `workspace` is mounted. */
export const WORKSPACE = "/workspace";

/**
 * What a box is: the one validated object between the command line and everything else.
 * Strings in Docker's notation stay strings here; `syntax/` parses them.
 */
export const BoxConfig = z.strictObject({
  image: z.string().check(z.minLength(1)),
  /** Absolute host path, mounted at /workspace; empty: none was asked for. */
  workspace: z._default(z.string(), ""),
  resources: z.prefault(Resources, {}),
  logLevel: z._default(z.enum(["debug", "info", "warn", "error"]), "info"),
  /** Traces every frame between host and guest agent into the monitor's log. */
  debugGrpc: flag(),
  tee: z._default(Tee, { kind: "none" }),
  cmd: strings(),
  entrypointOverride: z._default(z.nullable(z.array(z.string())), null),
  volumes: strings(),
  extraEnv: z._default(z.array(z.tuple([z.string(), z.string()])), []),
  cache: z.prefault(Cache, {}),
  pool: z.prefault(Pool, {}),
  portMap: strings(),
  /** Addresses of servers; also `search DOMAIN` and `options OPTION`, as resolv.conf(5) has them. */
  dns: strings(),
  /** tsi, bridge, bridge:NAME or none. */
  network: z._default(z.string().check(z.regex(/^(tsi|none|bridge(:[a-zA-Z0-9][a-zA-Z0-9_.-]*)?)$/)), "tsi"),
  tmpfs: strings(),
  resourceLimits: z.prefault(ResourceLimits, {}),
  capAdd: strings(),
  capDrop: strings(),
  securityOpt: strings(),
  privileged: flag(),
  readOnly: flag(),
  sidecar: z._default(z.nullable(Sidecar), null),
  /** The writable layer survives stop and start. */
  persistent: flag(),
});
export type BoxConfig = z.infer<typeof BoxConfig>;
