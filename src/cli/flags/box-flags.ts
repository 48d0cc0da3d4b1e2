import type { Command } from "commander";
import { parseDocumentBox, type DocumentBox } from "../../config/document-box.js";
import { readSettings } from "../../config/settings.js";
import { BoxError } from "../../errors.js";
import { inWorkingFolder } from "../working-folder.js";
import { currentHome } from "../home.js";
import { checkConflicts, checkSidecar } from "./conflicts.js";
import type { BoxFlags } from "./given.js";
import { boxLines } from "./box-lines.js";
import type { Line } from "./lines.js";
import { mergeFields, type Fields } from "../../config/merge.js";
import { addLines } from "./options.js";
import { fieldsOf } from "./read.js";

/** Adds `-d`, which `box create` does not have. */
export function addDetachFlag(command: Command): Command {
  return command
    .optionsGroup("Common:")
    .option("-d, --detach", "run the box in the background and print its ID");
}

/** Adds the flags of commands that create a box. */
export function addBoxFlags(command: Command): Command {
  return addLines(command, boxLines(), true);
}

/** Reads the file of `--config`; without the flag, no fields are set. @throws BoxError as `readConfigFile` */
export async function readGivenFile(path: string | undefined): Promise<Fields> {
  if (path === undefined) return {};
  const { readConfigFile } = await import("../config-file.js");
  return readConfigFile(path);
}

/** Returns what flags and operands set, as fields of a document. */
export async function readAsked(
  image: string | undefined,
  words: readonly string[],
  flags: BoxFlags,
  lines: readonly Line[],
): Promise<Fields> {
  const said = await fieldsOf(lines, flags);
  return mergeFields(said, {
    image,
    cmd: words.length > 0 ? [...words] : undefined,
    record: flags.detach === true ? { stdinOnce: false } : undefined,
  });
}

/**
 * Resolves a command line to a configuration and options of a box, checked for errors and conflicts.
 * @param image may, like the words, come from the `--config` file instead
 * @throws BoxError
 */
export async function resolveBox(
  image: string | undefined,
  words: readonly string[],
  flags: BoxFlags,
): Promise<DocumentBox> {
  const file = await readGivenFile(flags.config);
  const asked = await readAsked(image, words, flags, boxLines());
  const { cache } = await readSettings(currentHome());
  // No time limit unless asked for.
  const below = mergeFields({ resources: { timeout: 0 } }, { cache });
  const merged = mergeFields(below, mergeFields(file, asked));
  if (merged["image"] === undefined) {
    throw new BoxError("usage", "no image specified", {
      hint: "write `box run IMAGE`, or set one in the --config file",
    });
  }
  checkSidecar(flags, merged);
  if (flags.disableContentTrust === false) {
    throw new BoxError("invalid-flag", "--disable-content-trust=false is not supported", {
      hint: "use --verify to require a signature",
    });
  }
  const box = inWorkingFolder((cwd) => parseDocumentBox(merged, cwd));
  checkConflicts(flags, asked, merged, box.spec);
  return box;
}
