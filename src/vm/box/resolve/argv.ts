import { basename } from "node:path/posix";
import type { BoxSpec } from "../../../config/spec.js";
import { BoxError } from "../../../errors.js";
import type { Image } from "../../../oci/image.js";

/**
 * Returns the argument vector of the workload, by Docker's rule: the user's entrypoint drops the image's CMD, and the
 * user's command replaces it.
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
    throw new BoxError("no-command", `No command specified, and the image ${config.image} has none`, {
      hint: "specify a command",
      detail: { image: config.image },
    });
  }
  return argv;
}

/** Programs that need to be process 1 and complain or fail otherwise. */
const INITS = /^(init|systemd|tini(-static)?|docker-init|dumb-init|catatonit|s6-svscan|runit(-init)?)$/;

/** Whether a program is itself an init: it becomes process 1 of the box, unless `--init` requests box's init. */
export function isInit([program = ""]: string[]): boolean {
  return INITS.test(basename(program));
}
