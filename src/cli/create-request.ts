import type { Command } from "commander";
import type { BoxDocument } from "../config/box-document.js";
import type { Created, CreateOptions, ParsedRequest } from "../engine/boxes/request.js";
import { BoxError } from "../errors.js";
import { engine } from "./engine.js";
import { addBoxFlags, resolveBox } from "./flags/box-flags.js";
import type { BoxFlags } from "./flags/given.js";
import { checkCidFile, createCidFile } from "./flags/cid-file.js";
import { hostPath } from "./host-path.js";
import { printLine, printNotice } from "./output/print.js";
import { reportPull } from "./output/pull-report.js";

/** Adds the arguments and flags that define a box. */
export function addCreateArguments(command: Command): Command {
  return addBoxFlags(command)
    .usage("[FLAGS] IMAGE [FLAGS] [COMMAND [ARG...]]")
    .argument("[image]", "image reference, such as nginx:alpine")
    .argument("[command...]", "command to run instead of the image's, and its arguments");
}

/**
 * Parses a command line into a request.
 * @param verb name of the command
 * @throws BoxError
 */
export async function requestOf(
  verb: string,
  image: string | undefined,
  words: readonly string[],
  flags: BoxFlags,
): Promise<ParsedRequest> {
  if (image === undefined && flags.config === undefined)
    throw new BoxError("usage", `'box ${verb}' requires at least 1 argument`, {
      hint: `write \`box ${verb} IMAGE\`, or set an image in the --config file`,
    });
  return { ...(await resolveBox(image, words, flags)), ...imageParameters(flags) };
}

/** Returns from flags how the image is found. */
export function imageParameters({ pull, platform, verify }: BoxFlags) {
  return { pull, platform, verify: verify === undefined ? undefined : hostPath(verify) };
}

/** `--dry-run`: prints a document that `--config` would accept, unless the command would fail. @param run whether it is `box run` */
export async function dryRun(request: ParsedRequest, { cidfile }: BoxFlags, run: boolean): Promise<void> {
  if (cidfile !== undefined) checkCidFile(cidfile);
  await engine().boxes.check(request, run);
  const { config, options, name, vmm } = request;
  const document: BoxDocument = {
    ...config,
    record: { ...(name === undefined ? {} : { name }), ...(vmm === undefined ? {} : { vmm }), ...options },
  };
  printLine(JSON.stringify(document, undefined, 2));
}

/**
 * Creates a box, showing progress of its image, and writes its ID to the file of `--cidfile`.
 * @param make the engine's verb
 * @param onImage called when the image is available, before the box is created
 * @param onKept see `CreateOptions`
 */
export async function withOutput<T extends Created>(
  { cidfile, quiet = false }: BoxFlags,
  make: (options: CreateOptions) => Promise<T>,
  onImage?: () => void,
  onKept?: (id: string) => void,
): Promise<T> {
  const cidFile = cidfile === undefined ? undefined : await createCidFile(cidfile);
  const report = reportPull({ quiet, print: printNotice });
  try {
    const made = await make({
      onProgress: report.onProgress,
      onStep: report.onStep,
      onImage: () => {
        report.end();
        onImage?.();
      },
      ...(onKept && {
        onKept: async ({ id }) => {
          await cidFile?.write(id);
          onKept(id);
        },
      }),
    });
    await cidFile?.write(made.id);
    return made;
  } catch (error) {
    await cidFile?.abandon();
    throw error;
  } finally {
    report.end();
  }
}
