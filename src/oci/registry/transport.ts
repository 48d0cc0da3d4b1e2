import type { Readable } from "node:stream";
import { BoxError } from "../../errors.js";
import { explainFailure, PassingFailure, retryAfterMs } from "./failure.js";

export interface Request {
  method?: "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE";
  headers: Record<string, string>;
  body?: Uint8Array;
  /** Cancels this request, instead of the transport's signal. */
  signal?: AbortSignal;
}

export interface Response {
  statusCode: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** `dump` reads and discards the rest of it. */
  body: Readable & { dump: () => Promise<void> };
}

/** Connections to a registry and the hosts that it refers to: token servers, blob stores. */
export interface Connections {
  /** Sends one request, and returns any response as it is, redirects included. @throws the system's or undici's error */
  send: (url: URL, request: Request, signal: AbortSignal) => Promise<Response>;
  close: () => Promise<void>;
}

/** A response, and where it came from. */
export interface Answer extends Response {
  /**
   * The first other origin that redirects led to; undefined if the requested origin responded itself. Another origin
   * may only supply content, which is verified: it gets no credentials, and its challenges and tokens are ignored.
   */
  redirectedTo: URL | undefined;
}

export interface Transport {
  /**
   * Sends one request, and follows redirects of GET. Authorization is only sent to the origin of `url`, and not after a
   * redirect has left it.
   * @throws BoxError registry-unreachable, bad-redirect; PassingFailure for 429, 5xx and broken connections
   */
  send(url: URL, request: Request): Promise<Answer>;
}

const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Makes text from a registry safe to print: one line, without control characters. */
export function printable(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, 200);
}

/**
 * Reads a body that must be small.
 * @throws BoxError response-too-large; PassingFailure
 */
export async function readBounded(
  { body }: Response,
  { limit, what, host }: { limit: number; what: string; host: string },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) {
        throw new BoxError("response-too-large", `${what} is larger than ${limit} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw explainFailure(error, host);
  }
  return Buffer.concat(chunks, bytes);
}

/** Returns the registry's error message, `{"errors":[{"code","message"}]}` (OCI distribution-spec), or "". */
export async function readRefusal(response: Response): Promise<string> {
  try {
    const data = await readBounded(response, { limit: 65_536, what: "error", host: "" });
    const json = JSON.parse(data.toString("utf8")) as unknown;
    const { errors } = json as { errors?: { code?: unknown; message?: unknown }[] };
    const { code, message } = errors?.[0] ?? {};
    return printable([code, message].filter((part) => typeof part === "string").join(": "));
  } catch {
    return "";
  }
}

/**
 * Resolves a Location header. HTTPS never redirects to HTTP.
 * @throws BoxError bad-redirect
 */
export function followLocation(from: URL, location: string | string[] | undefined): URL {
  const target =
    typeof location === "string" && location !== "" && URL.canParse(location, from.href)
      ? new URL(location, from)
      : undefined;
  const plain = target?.protocol === "http:" && from.protocol === "http:";
  if (!target || (target.protocol !== "https:" && !plain)) {
    throw new BoxError(
      "bad-redirect",
      `registry ${from.host} redirects to ${JSON.stringify(printable(String(location ?? "nowhere")))}`,
      { hint: "redirects must use HTTPS" },
    );
  }
  return target;
}

/** @param signal cancels all requests */
export function createTransport(connections: Connections, signal: AbortSignal): Transport {
  async function sendOnce(url: URL, request: Request): Promise<Response> {
    try {
      return await connections.send(url, request, request.signal ?? signal);
    } catch (error) {
      (request.signal ?? signal).throwIfAborted();
      throw explainFailure(error, url.host);
    }
  }

  return {
    send: async (url, request) => {
      const { authorization, ...otherHeaders } = request.headers;
      let target = url;
      let redirectedTo: URL | undefined;
      for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
        if (target.origin !== url.origin) redirectedTo ??= target;
        const sendsAuthorization = authorization !== undefined && redirectedTo === undefined;
        const response = await sendOnce(
          target,
          sendsAuthorization ? request : { ...request, headers: otherHeaders },
        );
        const { statusCode } = response;
        if (REDIRECTS.has(statusCode) && (request.method ?? "GET") === "GET") {
          await response.body.dump();
          target = followLocation(target, response.headers.location);
          continue;
        }
        if (statusCode === 429 || statusCode >= 500) {
          const waitMs = retryAfterMs(response.headers["retry-after"]);
          const reason = await readRefusal(response);
          throw new PassingFailure(`status ${statusCode}${reason && `, ${reason}`}`, {
            ...(waitMs === undefined ? {} : { waitMs }),
          });
        }
        return Object.assign(response, { redirectedTo });
      }
      throw new BoxError("bad-redirect", `registry ${url.host} redirects more than ${MOST_REDIRECTS} times`);
    },
  };
}
