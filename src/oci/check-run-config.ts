import { BoxError } from "../errors.js";
import { quote } from "../config/syntax/quote.js";
import type { ImageRunConfig } from "./image.js";

/** All texts of a configuration that a guest or a user gets to see, and where they stand. */
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
 * Holds what an image says of itself to what Linux and Docker can do with it: no NUL bytes, no relative folders. Ports
 * and signals that are none count for nothing, as with Docker.
 * @param name of the image, for the message
 * @throws BoxError bad-image
 */
export function checkRunConfig(config: ImageRunConfig, name: string): void {
  const refuse = (where: string, text: string, reason: string) =>
    new BoxError("bad-image", `image ${name} is not valid: its ${where} ${quote(text)} ${reason}`, {
      hint: "whoever builds the image has to correct it",
    });
  for (const [where, text] of textsOf(config)) {
    if (text.includes("\0")) throw refuse(where, text, "has a NUL byte in it");
  }
  const { WorkingDir: workdir } = config;
  if (workdir && !workdir.startsWith("/")) throw refuse("WorkingDir", workdir, "is not an absolute path");
  const volume = Object.keys(config.Volumes ?? {}).find((path) => !path.startsWith("/"));
  if (volume !== undefined) throw refuse("Volumes", volume, "is not an absolute path");
}
