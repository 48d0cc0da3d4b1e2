export interface BoxErrorOptions {
  /** What the user can do about it: one line. */
  hint?: string;
  /** The field whose value is at fault, such as `resources.memoryMb` or `record.name`; a door knows its flag. */
  subject?: string;
  cause?: unknown;
}

/**
 * An error meant for the user's eyes.
 * `code` is stable and documented (docs/errors.md); `message` is one line that names what failed and the value: the
 * subject, if there is one, and the reason.
 */
export class BoxError extends Error {
  readonly code: string;
  readonly subject: string | undefined;
  readonly reason: string;
  readonly hint: string | undefined;

  constructor(code: string, reason: string, options: BoxErrorOptions = {}) {
    const { subject, cause, hint } = options;
    super(
      subject === undefined ? reason : `${subject}: ${reason}`,
      cause === undefined ? undefined : { cause },
    );
    this.name = "BoxError";
    this.code = code;
    this.subject = subject;
    this.reason = reason;
    this.hint = hint;
  }
}

/** Gives the errors of an action that have no subject this one: a parser does not know whose value it reads. */
export function naming<T>(subject: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof BoxError) || error.subject !== undefined) throw error;
    const { code, reason, hint, cause } = error;
    throw new BoxError(code, reason, { subject, cause, ...(hint === undefined ? {} : { hint }) });
  }
}

/** The errno name (ENOENT, EACCES …) of a system error, if it is one. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return undefined;
}
