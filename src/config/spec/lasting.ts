/** The record options that a monitor needs. They are parsed here so that it loads no other parser. */
import { naming } from "../../errors.js";
import type { BoxOptions } from "../box-options.js";
import { toRotation, type Rotation } from "../syntax/log-opt.js";
import { parseRestart, type RestartPolicy } from "../syntax/restart.js";

/** @throws BoxError invalid-restart */
export function restartOf({ restart }: Pick<BoxOptions, "restart">): RestartPolicy {
  return naming("record.restart", () => parseRestart(restart));
}

/** @throws BoxError invalid-log-opt, invalid-size */
export function rotationOf({ logOpt }: Pick<BoxOptions, "logOpt">): Rotation {
  return naming("record.logOpt", () => toRotation(logOpt));
}
