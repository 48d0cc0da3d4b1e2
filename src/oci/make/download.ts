import { Agent, EnvHttpProxyAgent, request, type Dispatcher } from "undici";
import { BoxError, errnoOf } from "../../errors.js";
import { quote } from "../../config/syntax/quote.js";
import { trustedContext } from "../registry/authorities.js";
import { isLoopback } from "../registry/endpoint.js";
import type { Store } from "../store/store.js";

const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const STALL_MS = 30_000;
const CONNECT_MS = 10_000;

/** If a host has several addresses, the error is an AggregateError without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.message || (errnoOf(error) ?? error.name);
}

/** Returns a URL without user name and password. */
function publicUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  return shown.href;
}

/** A download from a URL. */
export interface Download {
  /** The URL for messages and the image's history, without credentials. */
  shown: string;
  read: () => AsyncGenerator<Buffer, void, undefined>;
}

/**
 * Prepares the download of a file from a web server. HTTP_PROXY, HTTPS_PROXY and NO_PROXY apply, except to loopback.
 * Redirects from HTTPS to HTTP are refused. User name and password in the URL are only sent to its own origin.
 * @throws BoxError invalid-url
 */
export function openDownload(store: Store, text: string): Download {
  if (!URL.canParse(text)) throw new BoxError("invalid-url", `invalid URL ${quote(text)}`);
  const first = new URL(text);
  const shown = publicUrl(first);
  const refuse = (reason: string, cause?: unknown) =>
    new BoxError("download-failed", `cannot download ${quote(shown)}: ${reason}`, {
      cause,
    });

  async function send(url: URL, dispatcher: Dispatcher): Promise<Dispatcher.ResponseData> {
    const { username, password } = first;
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const headers: Record<string, string> =
      username !== "" && url.origin === first.origin
        ? { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` }
        : {};
    try {
      return await request(publicUrl(url), { headers, dispatcher, signal: store.signal ?? null });
    } catch (error) {
      throw refuse(reasonOf(error), error);
    }
  }

  function follow(from: URL, location: string | string[] | undefined): URL {
    const to =
      typeof location === "string" && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    if (to?.protocol === "https:" || (to?.protocol === "http:" && from.protocol === "http:")) return to;
    throw refuse(`it redirects to ${quote(String(location ?? "nowhere"))}`);
  }

  async function* read(): AsyncGenerator<Buffer, void, undefined> {
    const secureContext = await trustedContext(store.home);
    const trust = secureContext ? { secureContext } : {};
    const connect = { timeout: CONNECT_MS, ...trust };
    const options = { headersTimeout: STALL_MS, bodyTimeout: STALL_MS, connect };
    const proxied = new EnvHttpProxyAgent({ ...options, requestTls: connect, proxyTls: trust });
    const direct = new Agent(options);
    try {
      let url = first;
      for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
        const { statusCode, headers, body } = await send(url, isLoopback(url.host) ? direct : proxied);
        if (!REDIRECTS.has(statusCode)) {
          if (statusCode !== 200) throw refuse(`the server returned status ${statusCode}`);
          yield* body as AsyncIterable<Buffer>;
          return;
        }
        await body.dump();
        url = follow(url, headers.location);
      }
      throw refuse(`it redirects more than ${MOST_REDIRECTS} times`);
    } catch (error) {
      store.signal?.throwIfAborted();
      throw error instanceof BoxError ? error : refuse(reasonOf(error), error);
    } finally {
      await Promise.all([direct.destroy(), proxied.destroy()]);
    }
  }

  return { shown, read };
}
