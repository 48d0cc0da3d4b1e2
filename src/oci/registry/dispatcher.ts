import { Readable } from "node:stream";
import { Agent, EnvHttpProxyAgent, request, type Dispatcher } from "undici";
import type { Connections } from "./transport.js";
import { trustedContext } from "./authorities.js";
import { isLoopback, namesCertificates, type Endpoint } from "./endpoint.js";
import type { Limits } from "./failure.js";
import type { Home } from "../../host/home.js";

/** Small, so that a slow peer that still accepts data is not taken for a stalled one. */
const PIECE_BYTES = 65_536;

function* pieces(body: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += PIECE_BYTES) yield body.subarray(at, at + PIECE_BYTES);
}

/**
 * Returns connections that follow the endpoint's settings. Its client certificate and `insecure` apply to the registry
 * alone, its CA certificates also to its token server and blob store. HTTP_PROXY, HTTPS_PROXY and NO_PROXY apply except
 * on loopback.
 * @throws BoxError invalid-settings
 */
export async function openConnections(home: Home, endpoint: Endpoint, limits: Limits): Promise<Connections> {
  const certificates = namesCertificates(endpoint)
    ? await import("./certificates.js").then(({ readCertificates }) => readCertificates(home, endpoint))
    : undefined;
  const timeout = Math.min(limits.stallMs, 10_000);
  const made: Dispatcher[] = [];

  async function open(own: boolean, direct: boolean): Promise<Dispatcher> {
    const trusted = await trustedContext(home);
    const secureContext = (own ? certificates?.own : certificates?.others) ?? trusted;
    const tlsOptions = {
      timeout,
      ...(secureContext ? { secureContext } : {}),
      ...(own && endpoint.settings.insecure === true ? { rejectUnauthorized: false } : {}),
    };
    const options = { headersTimeout: limits.stallMs, bodyTimeout: limits.stallMs, connect: tlsOptions };
    const dispatcher = direct
      ? new Agent(options)
      : // Plain HTTP is proxied without a tunnel, because many proxies only allow tunnels to port 443.
        new EnvHttpProxyAgent({
          ...options,
          requestTls: tlsOptions,
          ...(trusted ? { proxyTls: { secureContext: trusted } } : {}),
          proxyTunnel: false,
        });
    made.push(dispatcher);
    return dispatcher;
  }

  const byKind = new Map<string, Promise<Dispatcher>>();
  function dispatcherFor(url: URL): Promise<Dispatcher> {
    const own = url.origin === endpoint.url.origin;
    const direct = isLoopback(url.host);
    const kind = `${own} ${direct}`;
    const dispatcher = byKind.get(kind) ?? open(own, direct);
    byKind.set(kind, dispatcher);
    return dispatcher;
  }

  return {
    send: async (url, { method = "GET", headers, body }, signal) =>
      request(url, {
        method,
        headers: { ...headers, ...(body ? { "content-length": String(body.length) } : {}) },
        ...(body ? { body: body.length > PIECE_BYTES ? Readable.from(pieces(body)) : body } : {}),
        dispatcher: await dispatcherFor(url),
        signal,
        highWaterMark: 2 ** 18,
      }),
    close: async () => {
      await Promise.all(made.map((dispatcher) => dispatcher.destroy()));
    },
  };
}
