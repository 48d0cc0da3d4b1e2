import { BoxError } from "../../errors.js";

const HINT = "pull the image again; if that does not help, the image itself is broken";

/** Error for a layer whose tar, or the files that it describes, are invalid. */
export function badLayer(why: string): BoxError {
  return new BoxError("bad-layer", why, { hint: HINT });
}

/** @param offset in the uncompressed tar, bytes */
export function badTar(offset: number, why: string): BoxError {
  return badLayer(`invalid tar at byte ${offset}: ${why}`);
}

/** Returns the same error, prefixed with the name of what it is about. */
export function within(what: string, error: BoxError): BoxError {
  const { code, message, hint } = error;
  return new BoxError(code, `${what}: ${message}`, {
    cause: error,
    hint,
  });
}

/** Returns the same error, prefixed with the layer. @param layer digest, or number among the image's layers */
export function inLayer(layer: string, error: BoxError): BoxError {
  return within(`layer ${layer}`, error);
}
