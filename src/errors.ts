/** Exit codes that box itself uses, as `docker run` does. */
export const EXIT_FAILURE = 1;
export const EXIT_BOX = 125;
export const EXIT_NOT_EXECUTABLE = 126;
export const EXIT_NOT_FOUND = 127;

export interface BoxErrorOptions {
  /** What the user can do about it: one line. */
  hint?: string;
  /** Exit code of the command; 125 unless said. */
  exitCode?: number;
  cause?: unknown;
}

/**
 * An error meant for the user's eyes.
 * `code` is stable and documented (docs/errors.md); `message` is one line that names what failed and the value.
 */
export class BoxError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(code: string, message: string, options: BoxErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "BoxError";
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT_BOX;
  }
}

/** The errno name (ENOENT, EACCES …) of a system error, if it is one. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return undefined;
}
