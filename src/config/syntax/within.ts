import { BoxError } from "../../errors.js";

/** Prefixes errors thrown by `action` with the part of the value that they are about. */
export function within<T>(part: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    const { code, reason, subject, hint, detail, cause } = error;
    throw new BoxError(code, `${part}: ${reason}`, { subject, hint, detail, cause });
  }
}
