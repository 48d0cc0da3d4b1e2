import type { BoxSpec } from "../../../config/spec.js";
import { mergeEnv, splitEnv, type Variable } from "../../../config/syntax/env.js";
import { quote } from "../../../config/syntax/quote.js";
import { BoxError } from "../../../errors.js";
import { timerMs } from "../../../host/timer.js";
import type { Image } from "../../../oci/image.js";
import { joinDisks } from "../image-disk.js";
import type { BoxRecord } from "../record.js";
import { isInit, workloadArgv } from "./argv.js";
import { capabilityMask, DEFAULT_CAPABILITIES } from "./capabilities.js";
import { resolveHealth } from "./health.js";
import { DEFAULT_PATH } from "./search-path.js";

/** Long enough for a database that creates its files on an emulated processor. */
const READY_MS = 120_000;

/** Parses `BOX_SIDECAR_LIMIT`: the seconds that a sidecar has to become ready. @throws BoxError invalid-sidecar-limit */
function readyLimitMs(text = ""): number {
  if (text === "") return READY_MS;
  const seconds = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : 0;
  if (seconds > 0) return timerMs(Math.ceil(seconds * 1000));
  throw new BoxError(
    "invalid-sidecar-limit",
    `BOX_SIDECAR_LIMIT: ${quote(text)} is not a number of seconds`,
    {
      hint: "write a number greater than 0, or unset it",
    },
  );
}

/** Variables by which programs find a proxy. Some know only the names in lower case. */
const PROXY = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"];
const NO_PROXY = ["no_proxy", "NO_PROXY"];

/** The variables that tell the box's programs to use the sidecar as a proxy. */
export function proxyVariables({ sidecar, record }: Pick<BoxSpec, "sidecar" | "record">): Variable[] {
  if (!sidecar || record.sidecarProxy !== "http") return [];
  const address = `http://127.0.0.1:${sidecar.vsockPort}`;
  const of = (names: string[], value: string) => names.map((name): Variable => [name, value]);
  return [...of(PROXY, address), ...of(NO_PROXY, "localhost,127.0.0.1,::1")];
}

/** The variable by which the box's programs and those of its sidecar know the sidecar's port. */
export function sidecarVariables({ sidecar }: Pick<BoxSpec, "sidecar">): Variable[] {
  return sidecar ? [["SIDECAR_PORT", String(sidecar.vsockPort)]] : [];
}

const NO_CHECK = { cmd: null, intervalSecs: null, timeoutSecs: null, startPeriodSecs: null, retries: null };

/**
 * Resolves the sidecar of a box. Flags for the workload do not apply to it: it runs as its image says, with the default
 * privileges.
 * @param image of the box
 */
export async function resolveSidecar(
  spec: BoxSpec,
  caller: NodeJS.ProcessEnv,
  hostname: string,
  image: Image,
  own: Image,
): Promise<NonNullable<BoxRecord["sidecar"]>> {
  const { config } = own;
  const argv = workloadArgv({ image: own.reference, cmd: [], entrypointOverride: null }, config);
  const env = mergeEnv(
    [
      ["PATH", DEFAULT_PATH],
      ["HOSTNAME", hostname],
    ],
    splitEnv(config.Env ?? []),
    sidecarVariables(spec),
    spec.sidecar?.env ?? [],
  );
  const { reference, digest, id, disk, platform } = own;
  const { offset } = await joinDisks(image.disk, disk);
  return {
    image: { reference, digest, id, disk, platform, config },
    offset,
    readyLimitMs: readyLimitMs(caller["BOX_SIDECAR_LIMIT"]),
    health: resolveHealth(NO_CHECK, config.Healthcheck),
    process: {
      argv,
      env,
      cwd: config.WorkingDir || "/",
      user: config.User ?? "",
      stdin: false,
      tty: false,
      groups: [],
      limits: [],
      capabilities: capabilityMask(DEFAULT_CAPABILITIES),
      noNewPrivileges: false,
      first: isInit(argv),
    },
  };
}
