/** What an error names, for a door that has more to say about it than the hint. */
export interface ErrorDetail {
  box?: string;
  image?: string;
  platform?: string;
  registry?: string;
}

export interface BoxErrorOptions {
  /** What can be done about it: one line without commands. Like the reason, it names options as in `force`. */
  hint?: string | undefined;
  /** The field whose value is at fault, such as `resources.memoryMb` or `record.name`; a door knows its flag. */
  subject?: string | undefined;
  detail?: ErrorDetail;
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
 * Gives the errors of an action that have no subject this one: a parser does not know whose value it reads. What the
 * system refuses is not about a value.
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
