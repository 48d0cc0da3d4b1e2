import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize } from "node:path";
import * as z from "zod/mini";
import { checkAbsolute } from "../../host/absolute.js";
import { reasonOf } from "../../host/reason.js";
import { BoxError } from "../../errors.js";
import { explainInLine } from "../../config/explain-issue.js";
import { mistakeIn, parseDocument } from "../../config/parse-document.js";
import { quote } from "../../config/syntax/quote.js";
import { explainScope } from "../../config/syntax/registry-host.js";
import type { Reference } from "../../config/syntax/reference.js";

const Rule = z.union([
  z.enum(["accept", "refuse"]),
  z.strictObject({ key: z.string() }),
  z.strictObject({ identity: z.string(), issuer: z.string(), trustedRoot: z.string() }),
]);

const Policy = z.strictObject({
  default: Rule,
  images: z.optional(z.record(z.string(), Rule)),
});
type Rule = z.infer<typeof Rule>;

/** The signature that an image must have. */
export type Requirement =
  | { kind: "key"; file: string; key: KeyObject; fingerprint: string }
  | {
      kind: "identity";
      identity: string;
      issuer: string;
      /** File of the sigstore trusted root, and its content. */
      file: string;
      trustedRoot: unknown;
      fingerprint: string;
    };

/**
 * Reads the requirement for an image from a policy or a public key (docs/signatures.md).
 * @param file absolute path
 * @throws BoxError invalid-policy
 */
export async function readRequirement(
  file: string,
  reference: Reference,
): Promise<"accept" | "refuse" | Requirement> {
  checkAbsolute(file);
  const path = normalize(file);
  const text = await readText(path);
  if (text.includes("-----BEGIN ")) return keyRequirement(path, text);
  const rule = ruleFor(await parsePolicy(path, text), reference);
  if (typeof rule === "string") return rule;
  const beside = "key" in rule ? rule.key : rule.trustedRoot;
  const named = isAbsolute(beside) ? normalize(beside) : join(dirname(path), beside);
  const content = await readText(named);
  if ("key" in rule) return keyRequirement(named, content);
  let trustedRoot: unknown;
  try {
    trustedRoot = JSON.parse(content);
  } catch (cause) {
    throw invalid(named, "is not a trusted root: invalid JSON", cause);
  }
  const { identity, issuer } = rule;
  const fingerprint = fingerprintOf([identity, issuer, content]);
  return { kind: "identity", identity, issuer, file: named, trustedRoot, fingerprint };
}

function invalid(path: string, why: string, cause?: unknown): BoxError {
  return new BoxError("invalid-policy", `${quote(path)} ${why}`, { hint: "see docs/signatures.md", cause });
}

const fingerprintOf = (parts: string[]) => createHash("sha256").update(JSON.stringify(parts)).digest("hex");

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw invalid(path, `cannot be read: ${reasonOf(error)}`, error);
  }
}

function keyRequirement(file: string, pem: string): Requirement {
  try {
    if (pem.includes("PRIVATE")) throw new Error("it is private");
    return { kind: "key", file, key: createPublicKey(pem), fingerprint: fingerprintOf([pem]) };
  } catch (error) {
    throw invalid(file, "is not a PEM public key, such as cosign.pub", error);
  }
}

async function parsePolicy(path: string, text: string): Promise<z.infer<typeof Policy>> {
  let content: unknown;
  try {
    content = await parseDocument(text);
  } catch (error) {
    throw invalid(path, `is neither a policy nor a public key: ${mistakeIn(error)}`, error);
  }
  const result = z.safeParse(Policy, content);
  if (result.success) {
    for (const scope of Object.keys(result.data.images ?? {})) {
      const mistake = explainScope(scope);
      if (mistake !== undefined)
        throw invalid(path, `is not a valid policy: scope ${quote(scope)} ${mistake}`);
    }
    return result.data;
  }
  const [issue] = result.error.issues;
  throw invalid(path, `is not a valid policy${issue ? `: ${explainInLine(content, issue, "it")}` : ""}`);
}

/** Returns the rule of the longest scope that contains the image: a host, or a host and the first parts of a name. */
function ruleFor({ default: otherwise, images = {} }: z.infer<typeof Policy>, reference: Reference): Rule {
  const name = `${reference.domain}/${reference.path}`;
  const [best] = Object.keys(images)
    .filter((scope) => name === scope || name.startsWith(`${scope}/`))
    .sort((a, b) => b.length - a.length);
  return (best === undefined ? undefined : images[best]) ?? otherwise;
}
