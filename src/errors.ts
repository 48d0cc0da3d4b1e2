/** Exit codes that box itself uses, as `docker run` does. */
export const EXIT_FAILURE = 1;
export const EXIT_BOX = 125;
export const EXIT_NOT_EXECUTABLE = 126;
export const EXIT_NOT_FOUND = 127;

export interface BoxErrorOptions {
  /** What the user can do about it: one line. */
  hint?: string;
  /** The field whose value is at fault, such as `resources.memoryMb` or `record.name`; a door knows its flag. */
  subject?: string;
  /** Exit code of the command; 125 unless said. */
  exitCode?: number;
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
  readonly exitCode: number;

  constructor(code: string, reason: string, options: BoxErrorOptions = {}) {
    const { subject, cause, hint, exitCode = EXIT_BOX } = options;
    super(
      subject === undefined ? reason : `${subject}: ${reason}`,
      cause === undefined ? undefined : { cause },
    );
    this.name = "BoxError";
    this.code = code;
    this.subject = subject;
    this.reason = reason;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/** Gives the errors of an action that have no subject this one: a parser does not know whose value it reads. */
export function naming<T>(subject: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof BoxError) || error.subject !== undefined) throw error;
    const { code, reason, hint, exitCode, cause } = error;
    throw new BoxError(code, reason, { subject, exitCode, cause, ...(hint === undefined ? {} : { hint }) });
  }
}

/** The errno name (ENOENT, EACCES …) of a system error, if it is one. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return undefined;
}
