import type * as z from "zod/mini";
import { BoxError } from "../errors.js";
import type { BoxConfig } from "./box-config.js";
import { BoxOptions } from "./box-options.js";
import { explainIssue } from "./explain-issue.js";
import { toSpec, type BoxSpec } from "./spec.js";
import { canonicalConfig, canonicalOptions } from "./spec/text.js";
import { formatFileReference, isFileReference, parseFileReference } from "./syntax/file-reference.js";
import { parseReference } from "./syntax/reference.js";
import { refuseOwnProto, validateConfig } from "./validate.js";

/** A box in Docker's notations; what is not said has its default. */
export interface BoxInput {
  config: z.input<typeof BoxConfig>;
  options?: z.input<typeof BoxOptions> | undefined;
  /** Absolute folder where relative paths of this host begin; the root unless given. */
  cwd?: string | undefined;
}

/** A box as values, and the canonical text of it that its record keeps. */
export interface ParsedBox {
  spec: BoxSpec;
  config: BoxConfig;
  options: BoxOptions;
}

function validateOptions(options: BoxInput["options"] = {}): BoxOptions {
  refuseOwnProto(options, ["record"]);
  const result = BoxOptions.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (!issue) throw new BoxError("invalid-config", "the record's options are not valid");
  const path = ["record", ...issue.path];
  const { subject, reason } = explainIssue({ record: options }, { ...issue, path }, "record");
  throw new BoxError("invalid-config", reason, { subject });
}

/** A reference is checked before anything is done; a box outlives the folder that a path is relative to. */
function canonicalImage(image: string, cwd: string): string {
  if (isFileReference(image)) return formatFileReference(parseFileReference(image, cwd));
  parseReference(image);
  return image;
}

const specs = new WeakMap<BoxConfig, { options: BoxOptions; spec: BoxSpec }>();

/**
 * What a configuration and a record's options say.
 * @param cwd as `toSpec` has it
 * @throws BoxError invalid-reference, and what `toSpec` throws
 */
export function parseValidBox(given: BoxConfig, asked: BoxOptions, cwd: string): ParsedBox {
  const spec = { ...toSpec(given, asked, cwd), image: canonicalImage(given.image, cwd) };
  const config = canonicalConfig(given, spec);
  const options = canonicalOptions(asked, spec);
  specs.set(config, { options, spec });
  return { spec, config, options };
}

/**
 * Checks what a box is to be, and fills in what is not said.
 * @throws BoxError invalid-config, and what `parseValidBox` throws
 */
export function parseBox({ config, options, cwd = "/" }: BoxInput): ParsedBox {
  return parseValidBox(validateConfig(config), validateOptions(options), cwd);
}

/**
 * What the canonical text of a box says; read once for each.
 * @throws BoxError of the parser that refuses: another version of box may have taken what this one does not
 */
export function specOf({ config, options }: Pick<ParsedBox, "config" | "options">): BoxSpec {
  const known = specs.get(config);
  if (known?.options === options) return known.spec;
  const spec = toSpec(config, options, "/");
  specs.set(config, { options, spec });
  return spec;
}
