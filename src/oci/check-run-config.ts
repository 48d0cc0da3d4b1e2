import { BoxError } from "../errors.js";
import { quote } from "../config/syntax/quote.js";
import type { ImageRunConfig } from "./image.js";

/** Returns all texts of a configuration that are shown to a guest or a user, with their fields. */
function textsOf(config: ImageRunConfig): [where: string, text: string][] {
  const one = (where: string, text: string | null | undefined): [string, string][] =>
    text === undefined || text === null ? [] : [[where, text]];
  const all = (where: string, texts: readonly string[] | null | undefined) =>
    (texts ?? []).map((text): [string, string] => [where, text]);
  return [
    ...one("User", config.User),
    ...one("WorkingDir", config.WorkingDir),
    ...one("StopSignal", config.StopSignal),
    ...all("Env", config.Env),
    ...all("Entrypoint", config.Entrypoint),
    ...all("Cmd", config.Cmd),
    ...all("Healthcheck", config.Healthcheck?.Test),
    ...all("ExposedPorts", Object.keys(config.ExposedPorts ?? {})),
    ...all("Volumes", Object.keys(config.Volumes ?? {})),
    ...all("Labels", Object.entries(config.Labels ?? {}).flat()),
  ];
}

/**
 * Checks an image's configuration for what Linux and Docker cannot handle: NUL bytes and relative paths. Invalid ports
 * and signals are ignored elsewhere, as in Docker.
 * @param name of the image, for the message
 * @throws BoxError bad-image
 */
export function checkRunConfig(config: ImageRunConfig, name: string): void {
  const refuse = (where: string, text: string, reason: string) =>
    new BoxError("bad-image", `image ${name} is not valid: its ${where} ${quote(text)} ${reason}`, {
      hint: "this must be fixed in the build of the image",
    });
  for (const [where, text] of textsOf(config)) {
    if (text.includes("\0")) throw refuse(where, text, "contains a NUL byte");
  }
  const { WorkingDir: workdir } = config;
  if (workdir && !workdir.startsWith("/")) throw refuse("WorkingDir", workdir, "is not an absolute path");
  const volume = Object.keys(config.Volumes ?? {}).find((path) => !path.startsWith("/"));
  if (volume !== undefined) throw refuse("Volumes", volume, "is not an absolute path");
}
