import { Agent, request, type Dispatcher } from "undici";
import { BoxError } from "../../config/errors.js";
import { explainFailure, PassingFailure, type Limits } from "./failure.js";

export type Response = Dispatcher.ResponseData;

export interface Transport {
  /**
   * One GET, redirects followed. Authorization is sent to the origin of `url` alone.
   * @throws BoxError registry-unreachable, bad-redirect; PassingFailure for 429, 5xx and broken connections
   */
  get(url: URL, headers: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Text of a registry is shown to the user: one line, without control characters. */
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

/** What the registry says about its refusal: `{"errors":[{"code","message"}]}` (OCI distribution-spec). */
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

function retryAfterMs(value: string | string[] | undefined): number | undefined {
  const seconds = typeof value === "string" && /^\d{1,6}$/.test(value) ? Number(value) : undefined;
  return seconds === undefined ? undefined : seconds * 1000;
}

function redirectTarget(from: URL, location: string | string[] | undefined): URL {
  const target =
    typeof location === "string" && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const plain = target?.protocol === "http:" && from.protocol === "http:";
  if (!target || (target.protocol !== "https:" && !plain)) {
    throw new BoxError(
      "bad-redirect",
      `registry ${from.host} redirects to ${JSON.stringify(printable(String(location ?? "nowhere")))}`,
      { hint: "only https is followed" },
    );
  }
  return target;
}

/** @param signal ends every request */
export function createTransport(limits: Limits, signal: AbortSignal): Transport {
  const dispatcher = new Agent({
    headersTimeout: limits.stallMs,
    bodyTimeout: limits.stallMs,
    connect: { timeout: Math.min(limits.stallMs, 10_000) },
  });

  async function getOnce(url: URL, headers: Record<string, string>): Promise<Response> {
    try {
      return await request(url, { headers, dispatcher, signal, highWaterMark: 2 ** 18 });
    } catch (error) {
      signal.throwIfAborted();
      throw explainFailure(error, url.host);
    }
  }

  return {
    get: async (url, headers) => {
      const { authorization, ...open } = headers;
      let target = url;
      for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
        const own = authorization !== undefined && target.origin === url.origin;
        const response = await getOnce(target, own ? headers : open);
        const { statusCode } = response;
        if (REDIRECTS.has(statusCode)) {
          await response.body.dump();
          target = redirectTarget(target, response.headers.location);
          continue;
        }
        if (statusCode === 429 || statusCode >= 500) {
          const waitMs = retryAfterMs(response.headers["retry-after"]);
          const said = await readRefusal(response);
          throw new PassingFailure(`status ${statusCode}${said && `, ${said}`}`, {
            ...(waitMs === undefined ? {} : { waitMs }),
          });
        }
        return response;
      }
      throw new BoxError("bad-redirect", `registry ${url.host} redirects more than ${MOST_REDIRECTS} times`);
    },
    close: () => dispatcher.destroy(),
  };
}
