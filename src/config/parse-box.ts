import type * as z from "zod/mini";
import { BoxError, naming } from "../errors.js";
import type { BoxConfig } from "./box-config.js";
import { BoxOptions } from "./box-options.js";
import { explainIssue } from "./explain-issue.js";
import { toSpec, type BoxSpec } from "./spec.js";
import { parseInherited, withInherited } from "./spec/mounts.js";
import { canonicalConfig, canonicalOptions } from "./spec/text.js";
import { formatFileReference, isFileReference, parseFileReference } from "./syntax/file-reference.js";
import { isImageId, parseReference } from "./syntax/reference.js";
import { refuseOwnProto, validateConfig } from "./validate.js";

/** A box in Docker's notations; missing fields have their defaults. */
export interface BoxInput {
  config: z.input<typeof BoxConfig>;
  options?: z.input<typeof BoxOptions> | undefined;
  /** Absolute directory against which relative host paths are resolved; `/` unless given. */
  cwd?: string | undefined;
}

/** A parsed box, and its canonical notation for the record. */
export interface ParsedBox {
  spec: BoxSpec;
  config: BoxConfig;
  options: BoxOptions;
  /** Volumes of the boxes in `options.volumesFrom`, as they were when this box was created. */
  inherited?: string[] | undefined;
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

/** Checks an image reference, and makes a relative path in it absolute. @throws BoxError invalid-reference */
export function absoluteImage(image: string, cwd: string): string {
  if (image === "") throw new BoxError("invalid-reference", "invalid reference format");
  if (isFileReference(image)) return formatFileReference(parseFileReference(image, cwd));
  if (!isImageId(image)) parseReference(image);
  return image;
}

const specs = new WeakMap<BoxConfig, Omit<ParsedBox, "config">>();

/**
 * Parses a valid configuration and record options.
 * @param cwd base of relative host paths
 * @throws BoxError invalid-reference, and as `toSpec`
 */
export function parseValidBox(given: BoxConfig, asked: BoxOptions, cwd: string): ParsedBox {
  const parsed = toSpec(given, asked, cwd);
  const { sidecar } = parsed;
  const spec = {
    ...parsed,
    image: absoluteImage(given.image, cwd),
    sidecar: sidecar && {
      ...sidecar,
      image: naming("sidecar.image", () => absoluteImage(sidecar.image, cwd)),
    },
  };
  const config = canonicalConfig(given, spec);
  const options = canonicalOptions(asked, spec);
  specs.set(config, { options, spec });
  return { spec, config, options };
}

/**
 * Checks a box, fills in defaults and parses its values.
 * @throws BoxError invalid-config, and as `parseValidBox`
 */
export function parseBox({ config, options, cwd = "/" }: BoxInput): ParsedBox {
  return parseValidBox(validateConfig(config), validateOptions(options), cwd);
}

/**
 * Parses the canonical notation of a box, once per box.
 * @throws BoxError from the parser that rejects a value: another version of box may have accepted it
 */
export function specOf({ config, options, inherited }: Omit<ParsedBox, "spec">): BoxSpec {
  const known = specs.get(config);
  if (known?.options === options && known.inherited === inherited) return known.spec;
  const own = toSpec(config, options, "/");
  const spec = inherited ? { ...own, mounts: withInherited(own.mounts, parseInherited(inherited)) } : own;
  specs.set(config, { options, inherited, spec });
  return spec;
}
