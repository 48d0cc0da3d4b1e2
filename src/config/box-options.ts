import * as z from "zod/mini";

const strings = () => z._default(z.array(z.string()), []);
const seconds = () => z._default(z.nullable(z.number().check(z.minimum(0))), null);

const Health = z.strictObject({
  /** Null: the image's own; an empty list: none. */
  cmd: z._default(z.nullable(z.array(z.string())), null),
  intervalSecs: seconds(),
  timeoutSecs: seconds(),
  startPeriodSecs: seconds(),
  retries: z._default(z.nullable(z.int().check(z.minimum(0))), null),
});

/**
 * What the user says of a box besides its configuration: kept in the box's record. Strings in Docker's notation stay
 * strings here; `syntax/` parses them.
 */
export const BoxOptions = z.strictObject({
  /** `--rm` */
  autoRemove: z._default(z.boolean(), false),
  /** `-i`: the workload's stdin is carried. */
  stdin: z._default(z.boolean(), false),
  /** Its stdin ends with the command that feeds it, unless it was made by `box run -d -i`. */
  stdinOnce: z._default(z.boolean(), true),
  /** `-t`: the workload's streams are a terminal. */
  tty: z._default(z.boolean(), false),
  /** `-P`: every port that the image exposes gets a host port. */
  publishAll: z._default(z.boolean(), false),
  labels: z._default(z.record(z.string(), z.string()), {}),
  /** Null: the image's. */
  user: z._default(z.nullable(z.string()), null),
  groupAdd: strings(),
  workdir: z._default(z.nullable(z.string()), null),
  /** Null: made from the box's id. */
  hostname: z._default(z.nullable(z.string()), null),
  /** `NAME:ADDRESS`; the address may be `host-gateway`. */
  addHost: strings(),
  init: z._default(z.boolean(), false),
  /** `PATH[:PATH_IN_BOX[:rwm]]` */
  devices: strings(),
  /** Bytes of /dev/shm; null: 64 MiB. */
  shmBytes: z._default(z.nullable(z.int().check(z.minimum(1))), null),
  sysctls: z._default(z.array(z.tuple([z.string(), z.string()])), []),
  /** Name or number; null: the image's. */
  stopSignal: z._default(z.nullable(z.string()), null),
  stopTimeoutSecs: z._default(z.nullable(z.int().check(z.minimum(-1))), null),
  /** `no`, `on-failure[:N]`, `always`, `unless-stopped` */
  restart: z._default(z.string(), "no"),
  health: z.prefault(Health, {}),
  /** `--log-opt NAME=VALUE` */
  logOpt: z._default(z.array(z.tuple([z.string(), z.string()])), []),
});
export type BoxOptions = z.infer<typeof BoxOptions>;
