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

/** Several addresses of a host give an AggregateError without words of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.message || (errnoOf(error) ?? error.name);
}

/** What is shown of an address: no user name, no password. */
function publicUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  return shown.href;
}

/** An address that something is downloaded from. */
export interface Download {
  /** For messages and for the image's history. */
  shown: string;
  read: () => AsyncGenerator<Buffer, void, undefined>;
}

/**
 * A file of a web server. HTTP_PROXY, HTTPS_PROXY and NO_PROXY hold except for loopback; from HTTPS no redirect leads
 * back to HTTP; user name and password of the address go to its own origin alone.
 * @throws BoxError invalid-url
 */
export function openDownload(store: Store, text: string): Download {
  if (!URL.canParse(text)) throw new BoxError("invalid-url", `${quote(text)} is not an address`);
  const first = new URL(text);
  const shown = publicUrl(first);
  const refuse = (reason: string, cause?: unknown) =>
    new BoxError("download-failed", `${quote(shown)} cannot be downloaded: ${reason}`, {
      cause,
    });

  async function ask(url: URL, dispatcher: Dispatcher): Promise<Dispatcher.ResponseData> {
    const { username, password } = first;
    const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const headers: Record<string, string> =
      username !== "" && url.origin === first.origin
        ? { authorization: `Basic ${Buffer.from(words).toString("base64")}` }
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
        const { statusCode, headers, body } = await ask(url, isLoopback(url.host) ? direct : proxied);
        if (!REDIRECTS.has(statusCode)) {
          if (statusCode !== 200) throw refuse(`status ${statusCode}`);
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
