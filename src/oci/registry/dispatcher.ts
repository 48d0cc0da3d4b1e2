import { Readable } from "node:stream";
import { Agent, EnvHttpProxyAgent, request, type Dispatcher } from "undici";
import type { Connections } from "./transport.js";
import { trustedContext } from "./authorities.js";
import { isLoopback, namesCertificates, type Endpoint } from "./endpoint.js";
import type { Limits } from "./failure.js";
import type { Home } from "../../host/home.js";

/** Small pieces: each that leaves shows that the peer is slow, not stalled. */
const PIECE_BYTES = 65_536;

function* pieces(body: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += PIECE_BYTES) yield body.subarray(at, at + PIECE_BYTES);
}

/**
 * Opens connections as the endpoint's settings say. The client's certificate is shown, and an unknown one overlooked,
 * for the registry alone; its authorities count for its token server and blob store as well. HTTP_PROXY, HTTPS_PROXY
 * and NO_PROXY hold except for loopback.
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
      : // Plain HTTP goes through a proxy as requests, not as a tunnel, which many allow to port 443 alone.
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
