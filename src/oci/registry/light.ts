import type * as http from "node:http";
import type { Connections, Request, Response } from "./transport.js";
import { namesCertificates, type Endpoint } from "./endpoint.js";
import { CONNECT_MS, stalled, type Limits } from "./failure.js";
import { trustedContext } from "./authorities.js";
import { askPlainHead } from "./plain-head.js";
import type { Home } from "../../host/home.js";

/** Whether a proxy is configured. */
export function namesProxy(env: NodeJS.ProcessEnv): boolean {
  return ["HTTP_PROXY", "HTTPS_PROXY"].some((name) => env[name] || env[name.toLowerCase()]);
}

function asResponse(answer: http.IncomingMessage): Response {
  const dump = () =>
    new Promise<void>((resolve) => {
      answer.once("close", resolve).once("error", resolve).resume();
    });
  return {
    statusCode: answer.statusCode ?? 0,
    // Node joins multiple challenges into one line, which makes them ambiguous.
    headers: { ...answer.headers, "www-authenticate": answer.headersDistinct["www-authenticate"] },
    body: Object.assign(answer, { dump }),
  };
}

/** Aborts a request when its peer sends nothing for `stallMs`. */
function watch(sent: http.ClientRequest, stallMs: number): void {
  let answer: http.IncomingMessage | undefined;
  sent.once("response", (response) => (answer = response));
  sent.once("socket", (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => sent.destroy(stalled("CONNECT")), Math.min(stallMs, CONNECT_MS));
    for (const event of ["connect", "close"]) socket.once(event, () => clearTimeout(timer));
  });
  sent.setTimeout(stallMs);
  sent.on("timeout", () => {
    if (!answer) sent.destroy(stalled("HEADERS"));
    // Data has arrived but not been read yet, for example because the disk is slow.
    else if (answer.readableLength > 0) sent.setTimeout(stallMs);
    else answer.destroy(stalled("BODY"));
  });
}

/**
 * Returns connections that use Node's own client, which loads and reads faster than undici. They do not support proxies.
 * @throws BoxError invalid-settings
 */
export async function openLightConnections(
  home: Home,
  endpoint: Endpoint,
  { stallMs }: Limits,
): Promise<Connections> {
  const certificates = namesCertificates(endpoint)
    ? await import("./certificates.js").then(({ readCertificates }) => readCertificates(home, endpoint))
    : undefined;
  const agents = new Map<string, http.Agent>();

  async function open(url: URL, { method = "GET", headers, body }: Request, signal: AbortSignal) {
    const own = url.origin === endpoint.url.origin;
    const client = await (url.protocol === "https:" ? import("node:https") : import("node:http"));
    const agent = agents.get(url.protocol) ?? new client.Agent({ keepAlive: true });
    agents.set(url.protocol, agent);
    const named = own ? certificates?.own : certificates?.others;
    const secureContext = named ?? (url.protocol === "https:" ? await trustedContext(home) : undefined);
    return client.request(url, {
      method,
      headers: { ...headers, ...(body ? { "content-length": body.length } : {}) },
      agent,
      signal,
      ...(secureContext ? { secureContext } : {}),
      ...(own && endpoint.settings.insecure === true ? { rejectUnauthorized: false } : {}),
    });
  }

  return {
    send: async (url, request, signal) => {
      const plain = request.method === "HEAD" && url.protocol === "http:";
      const head = plain ? await askPlainHead(url, request, { stallMs, signal }) : undefined;
      if (head) return head;
      const sent = await open(url, request, signal);
      return new Promise((resolve, reject) => {
        sent.once("response", (answer) => resolve(asResponse(answer)));
        sent.on("error", reject);
        watch(sent, stallMs);
        sent.end(request.body);
      });
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
      return Promise.resolve();
    },
  };
}
