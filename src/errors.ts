/** Details for callers that can tell the user more than the hint does. */
export interface ErrorDetail {
  box?: string;
  /** Names, separated by spaces. */
  boxes?: string;
  image?: string;
  platform?: string;
  pool?: string;
  /** A pool that may have been meant by the name of the image. */
  meantPool?: string;
  registry?: string;
}

export interface BoxErrorOptions {
  /** A hint for the user, on one line and without commands. Like the reason, it names options as in `force`. */
  hint?: string | undefined;
  /** The field with the invalid value, such as `resources.memoryMb` or `record.name`; the caller maps it to a flag. */
  subject?: string | undefined;
  detail?: ErrorDetail;
  cause?: unknown;
}

/**
 * An error to show to the user.
 * `code` is stable and documented (docs/errors.md). `message` is one line that names what failed and the value: the
 * subject, if any, and the reason.
 */
export class BoxError extends Error {
  readonly code: string;
  readonly subject: string | undefined;
  readonly reason: string;
  readonly hint: string | undefined;
  readonly detail: ErrorDetail;

  constructor(code: string, reason: string, options: BoxErrorOptions = {}) {
    const { subject, cause, hint, detail = {} } = options;
    super(
      subject === undefined ? reason : `${subject}: ${reason}`,
      cause === undefined ? undefined : { cause },
    );
    this.name = "BoxError";
    this.code = code;
    this.subject = subject;
    this.reason = reason;
    this.hint = hint;
    this.detail = detail;
  }
}

/**
 * Sets this subject on errors thrown by `action` that have none: a parser does not know which field it reads.
 * System errors are left alone, since they are not about a value.
 */
export function naming<T>(subject: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof BoxError) || error.subject !== undefined || error.code === "system") throw error;
    const { code, reason, hint, detail, cause } = error;
    throw new BoxError(code, reason, { subject, hint, detail, cause });
  }
}

/** The errno name (ENOENT, EACCES …) of a system error, if it is one. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return undefined;
}

/** Returns the message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
