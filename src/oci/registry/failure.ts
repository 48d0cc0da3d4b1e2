import { setTimeout } from "node:timers/promises";
import { BoxError, errnoOf, messageOf } from "../../errors.js";

/** A temporary failure: the same request may succeed later. */
export class PassingFailure extends Error {
  /** How long the registry asks to wait before the next attempt, in milliseconds. */
  readonly waitMs: number | undefined;

  constructor(message: string, options: { waitMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "PassingFailure";
    this.waitMs = options.waitMs;
  }
}

export interface Limits {
  /** A peer that sends nothing for this long is considered gone. */
  stallMs: number;
  /** Maximum number of consecutive attempts without progress. */
  attempts: number;
  /** Delay before the second attempt; it doubles each time. */
  backoffMs: number;
}

export const LIMITS: Limits = { stallMs: 30_000, attempts: 4, backoffMs: 500 };
/** Longest delay between two attempts, whatever the registry asks for. */
const LONGEST_WAIT_MS = 15_000;

/** Error codes for which a retry is pointless. */
const LASTING: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "no such host",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  EACCES: "permission denied",
};

const PASSING: Record<string, string> = {
  UND_ERR_HEADERS_TIMEOUT: "timed out waiting for a response",
  UND_ERR_BODY_TIMEOUT: "timed out while receiving data",
  UND_ERR_CONNECT_TIMEOUT: "connection timed out",
  UND_ERR_SOCKET: "connection closed by the registry",
  ECONNRESET: "connection closed by the registry",
  EPIPE: "connection closed by the registry",
  EAI_AGAIN: "temporary failure in name resolution",
};

/** Timeout for establishing a connection, in milliseconds. */
export const CONNECT_MS = 10_000;

/** Returns the error that undici throws when a peer sends nothing. */
export function stalled(code: "HEADERS" | "BODY" | "CONNECT"): Error {
  return Object.assign(new Error("no answer"), { code: `UND_ERR_${code}_TIMEOUT` });
}

/** The code may be inside: hosts with several addresses cause an AggregateError, and undici wraps socket errors. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError && errnoOf(error) === undefined) return codeOf(error.errors[0]);
  return errnoOf(error) ?? (error instanceof Error && error.cause ? codeOf(error.cause) : undefined);
}

/** Turns the error of a failed request into a BoxError if it is permanent, or else a PassingFailure. */
export function explainFailure(error: unknown, host: string): Error {
  if (error instanceof BoxError || error instanceof PassingFailure) return error;
  if (error instanceof Error && error.name === "AbortError") return error;
  const code = codeOf(error) ?? "";
  const passing = PASSING[code];
  if (passing !== undefined) return new PassingFailure(passing, { cause: error });
  const detail = messageOf(error);
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL/.test(code)) {
    return new BoxError(
      "registry-unreachable",
      `failed to verify the certificate of registry ${host}: ${detail}`,
      {
        hint: "add its CA certificate to the settings, as registries.HOST.ca (docs/registries.md), or to NODE_EXTRA_CA_CERTS",
        cause: error,
      },
    );
  }
  const reason = LASTING[code] ?? `${detail}${code ? ` (${code})` : ""}`;
  return new BoxError("registry-unreachable", `cannot connect to registry ${host}: ${reason}`, {
    hint: "check the name and the network, and that the registry is running",
    cause: error,
  });
}

/** The third date format, C's asctime, has no time zone: it is always GMT (RFC 9110, 5.6.7). */
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}$/;

/** Parses Retry-After: seconds, or a date (RFC 9110, 10.2.3). @returns milliseconds from now */
export function retryAfterMs(value: string | string[] | undefined, now = Date.now()): number | undefined {
  if (typeof value !== "string") return undefined;
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000;
  const dated = ASCTIME.test(value) ? `${value} GMT` : value;
  const date = / GMT$/.test(dated) ? Date.parse(dated) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Returns the error to throw after the last attempt. */
export function lastFailure(failure: PassingFailure, host: string, what: string): BoxError {
  return new BoxError("registry-failed", `registry ${host}: request for ${what} failed: ${failure.message}`, {
    hint: "try again later; layers that are complete are not transferred again",
    cause: failure,
  });
}

/** Waits before an attempt (the second one is number 1). @throws the signal's reason */
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
 * Repeats an attempt until it succeeds, fails permanently, or reaches the limit of attempts.
 * @throws BoxError registry-failed, and what `attempt` throws except PassingFailure
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
