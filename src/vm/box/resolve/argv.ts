import { basename } from "node:path/posix";
import type { BoxSpec } from "../../../config/spec.js";
import { BoxError } from "../../../errors.js";
import type { Image } from "../../../oci/image.js";

/**
 * Argument vector of the workload, by Docker's rule: an entrypoint of the user's drops the image's CMD; a command of
 * the user's replaces it.
 * @throws BoxError no-command
 */
export function workloadArgv(
  config: Pick<BoxSpec, "image" | "cmd" | "entrypointOverride">,
  image: Image["config"],
): string[] {
  const entrypoint = config.entrypointOverride ?? image.Entrypoint ?? [];
  const imageCmd = config.entrypointOverride === null ? (image.Cmd ?? []) : [];
  const argv = [...entrypoint, ...(config.cmd.length > 0 ? config.cmd : imageCmd)];
  if (argv.length === 0 || argv[0] === "") {
    throw new BoxError("no-command", `the image ${config.image} names no command`, {
      hint: "give one",
      detail: { image: config.image },
    });
  }
  return argv;
}

/** Programs that want to be process 1, and say so or do not start when they are not. */
const INITS = /^(init|systemd|tini(-static)?|docker-init|dumb-init|catatonit|s6-svscan|runit(-init)?)$/;

/** Whether a program is an init of its own: it becomes process 1 of the box, unless `--init` asks for box's. */
export function isInit([program = ""]: string[]): boolean {
  return INITS.test(basename(program));
}
