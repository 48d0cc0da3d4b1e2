import { BoxError } from "../../errors.js";

const HINT = "pull the image again; if that does not help, the image itself is broken";

/** A layer's tar, or what it describes, is wrong. */
export function badLayer(why: string): BoxError {
  return new BoxError("bad-layer", why, { hint: HINT });
}

/** @param offset in the uncompressed tar, bytes */
export function badTar(offset: number, why: string): BoxError {
  return badLayer(`the tar is wrong at byte ${offset}: ${why}`);
}

/** The same error, with the name of what it is about before it. */
export function within(what: string, error: BoxError): BoxError {
  const { code, message, hint } = error;
  return new BoxError(code, `${what}: ${message}`, {
    cause: error,
    hint,
  });
}

/** The same error, with the layer's name before it. @param layer digest, or number among the image's layers */
export function inLayer(layer: string, error: BoxError): BoxError {
  return within(`layer ${layer}`, error);
}
