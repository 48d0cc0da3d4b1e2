import type { Command } from "commander";
import { parseChanges, type Change } from "../../config/syntax/change.js";
import { naming } from "../../errors.js";

/** Adds `-c`, for commands that create an image. */
export function addChangeFlag(command: Command): Command {
  return command.option(
    "-c, --change <instruction>",
    "apply Dockerfile instructions to the new image: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR",
    (text: string, previous: Change[] | undefined) => [
      ...(previous ?? []),
      ...naming("-c", () => parseChanges(text)),
    ],
  );
}
