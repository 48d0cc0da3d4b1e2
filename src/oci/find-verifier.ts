import { readSettings } from "../config/settings.js";
import { isFileReference } from "../config/syntax/file-reference.js";
import { isImageId, parseReference, type Reference } from "../config/syntax/reference.js";
import { BoxError } from "../errors.js";
import type { Store } from "./store/store.js";
import type { Verifier } from "./verify/verifier.js";

/** Returns a verifier for an image if there is a policy that requires a signature for it. */
export async function findVerifier(
  store: Store,
  file: string | undefined,
  reference: Reference,
): Promise<Verifier | undefined> {
  const policy = file ?? (await readSettings(store.home)).policy;
  if (policy === undefined) return undefined;
  const { openVerifier } = await import("./verify/verifier.js");
  try {
    return await openVerifier(store, policy, reference);
  } catch (error) {
    if (file === undefined || !(error instanceof BoxError) || error.code !== "invalid-policy") throw error;
    const { code, message, hint } = error;
    throw new BoxError(code, message, { subject: "verify", hint, cause: error });
  }
}

/**
 * Checks that the policy or key for an image can be read, without looking for the image.
 * @param verify as in `EnsureOptions`
 * @throws BoxError invalid-reference, signature-refused, invalid-policy
 */
export async function checkVerify(
  store: Store,
  reference: string,
  verify: string | undefined,
): Promise<void> {
  if (isFileReference(reference)) refuseVerify(reference, verify);
  // An image that is found by ID has to be here.
  else if (!isImageId(reference)) await findVerifier(store, verify, parseReference(reference));
}

/** @throws BoxError signature-refused if an image in a file is to be verified */
export function refuseVerify(reference: string, verify: string | undefined): void {
  if (verify === undefined) return;
  throw new BoxError(
    "signature-refused",
    `${reference} does not come from a registry, so it has no signatures`,
    { subject: "verify", hint: "omit `verify` for images in files" },
  );
}
