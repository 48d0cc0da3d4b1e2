import { setTimeout } from "node:timers/promises";
import { BoxError, errnoOf } from "../../errors.js";

/** A failure that may pass: the same request is worth another try. */
export class PassingFailure extends Error {
  /** How long the registry asks to wait, in milliseconds. */
  readonly waitMs: number | undefined;

  constructor(message: string, options: { waitMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "PassingFailure";
    this.waitMs = options.waitMs;
  }
}

export interface Limits {
  /** A peer that sends nothing for so long counts as gone. */
  stallMs: number;
  /** Tries in a row without progress. */
  attempts: number;
  /** Pause before the second try; it doubles each time. */
  backoffMs: number;
}

export const LIMITS: Limits = { stallMs: 30_000, attempts: 4, backoffMs: 500 };
/** No registry keeps the user waiting longer than this between two tries. */
const LONGEST_WAIT_MS = 15_000;

/** Codes of errors that another try will not mend. */
const LASTING: Record<string, string> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the name is not known to DNS",
  EHOSTUNREACH: "no route to it",
  ENETUNREACH: "the network is unreachable",
  EACCES: "not permitted",
};

const PASSING: Record<string, string> = {
  UND_ERR_HEADERS_TIMEOUT: "it sends nothing",
  UND_ERR_BODY_TIMEOUT: "it stopped sending",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
  UND_ERR_SOCKET: "it closed the connection",
  ECONNRESET: "it closed the connection",
  EPIPE: "it closed the connection",
  EAI_AGAIN: "DNS does not answer",
};

/** No host needs longer to take a connection, in milliseconds. */
export const CONNECT_MS = 10_000;

/** The error of undici's for a peer that sends nothing. */
export function stalled(code: "HEADERS" | "BODY" | "CONNECT"): Error {
  return Object.assign(new Error("no answer"), { code: `UND_ERR_${code}_TIMEOUT` });
}

/** Several addresses of a host give an AggregateError, undici wraps the socket's error: the reason lies inside. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError && errnoOf(error) === undefined) return codeOf(error.errors[0]);
  return errnoOf(error) ?? (error instanceof Error && error.cause ? codeOf(error.cause) : undefined);
}

/** Makes of a failed request what it means: a BoxError that lasts, or a PassingFailure. */
export function explainFailure(error: unknown, host: string): Error {
  if (error instanceof BoxError || error instanceof PassingFailure) return error;
  if (error instanceof Error && error.name === "AbortError") return error;
  const code = codeOf(error) ?? "";
  const passing = PASSING[code];
  if (passing !== undefined) return new PassingFailure(passing, { cause: error });
  const detail = error instanceof Error ? error.message : String(error);
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL/.test(code)) {
    return new BoxError(
      "registry-unreachable",
      `registry ${host}: its TLS certificate is not trusted: ${detail}`,
      {
        hint: "name its authority in the settings, registries.HOST.ca (docs/registries.md), or in NODE_EXTRA_CA_CERTS",
        cause: error,
      },
    );
  }
  const reason = LASTING[code] ?? `${detail}${code ? ` (${code})` : ""}`;
  return new BoxError("registry-unreachable", `registry ${host} cannot be reached: ${reason}`, {
    hint: "check the name, the network and that the registry runs",
    cause: error,
  });
}

/** The third form of a date, C's asctime, names no zone: it is always GMT (RFC 9110, 5.6.7). */
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}$/;

/** Retry-After: seconds, or a date (RFC 9110, 10.2.3). @returns milliseconds from now */
export function retryAfterMs(value: string | string[] | undefined, now = Date.now()): number | undefined {
  if (typeof value !== "string") return undefined;
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000;
  const dated = ASCTIME.test(value) ? `${value} GMT` : value;
  const date = / GMT$/.test(dated) ? Date.parse(dated) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The error that ends the tries. */
export function lastFailure(failure: PassingFailure, host: string, what: string): BoxError {
  return new BoxError("registry-failed", `registry ${host} failed to deliver ${what}: ${failure.message}`, {
    hint: "try again later; what is there already is not sent again",
    cause: failure,
  });
}

/** Waits before try number `attempt` (the second is 1); ends early with the signal's reason. */
export async function pause(
  attempt: number,
  failure: PassingFailure,
  { backoffMs }: Limits,
  signal: AbortSignal,
  longestMs = LONGEST_WAIT_MS,
): Promise<void> {
  const spread = 0.75 + Math.random() / 2;
  const wait = Math.max(failure.waitMs ?? 0, backoffMs * 2 ** (attempt - 1) * spread);
  await setTimeout(Math.min(wait, longestMs), undefined, { signal });
}

/**
 * Does something until it succeeds, fails for good, or has failed in passing too often.
 * @throws BoxError registry-failed; what `attempt` throws beside PassingFailure
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  { what, host, limits, signal }: { what: string; host: string; limits: Limits; signal: AbortSignal },
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PassingFailure)) throw error;
      if (failures >= limits.attempts) throw lastFailure(error, host, what);
      await pause(failures, error, limits, signal);
    }
  }
}
