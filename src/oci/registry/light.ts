import * as http from "node:http";
import type { Connections, Request, Response } from "./transport.js";
import { namesCertificates, type Endpoint } from "./endpoint.js";
import type { Limits } from "./failure.js";

/** Whether requests may have to go through a proxy. */
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
    // Node joins challenges to one line, where they cannot be told from each other's parameters.
    headers: { ...answer.headers, "www-authenticate": answer.headersDistinct["www-authenticate"] },
    body: Object.assign(answer, { dump }),
  };
}

/** The error of undici's that means the same. */
function stalled(): Error {
  return Object.assign(new Error("no answer"), { code: "UND_ERR_HEADERS_TIMEOUT" });
}

/**
 * Connections for a request or two, through Node's own client: to load undici takes longer than to ask. They know no
 * proxy.
 * @throws BoxError invalid-settings
 */
export async function openLightConnections(endpoint: Endpoint, { stallMs }: Limits): Promise<Connections> {
  const certificates = namesCertificates(endpoint)
    ? await import("./certificates.js").then(({ readCertificates }) => readCertificates(endpoint))
    : undefined;
  const agents = new Map<string, http.Agent>();

  async function open(url: URL, { method = "GET", headers, body }: Request, signal: AbortSignal) {
    const own = url.host === endpoint.url.host;
    const client = url.protocol === "https:" ? await import("node:https") : http;
    const agent = agents.get(url.protocol) ?? new client.Agent({ keepAlive: true });
    agents.set(url.protocol, agent);
    const secureContext = own ? certificates?.own : certificates?.others;
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
      const sent = await open(url, request, signal);
      return new Promise((resolve, reject) => {
        sent.once("response", (answer) => resolve(asResponse(answer)));
        sent.on("error", reject);
        sent.setTimeout(stallMs, () => sent.destroy(stalled()));
        sent.end(request.body);
      });
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
      return Promise.resolve();
    },
  };
}
