import { readFile } from "node:fs/promises";
import * as tls from "node:tls";
import { Agent, EnvHttpProxyAgent, type Dispatcher } from "undici";
import { BoxError, errnoOf } from "../../config/errors.js";
import { quote } from "../../config/syntax/quote.js";
import { isLoopback, type Endpoint } from "./endpoint.js";
import type { Limits } from "./failure.js";

/** Connections to a registry and to where it sends its clients: token servers, blob stores. */
export interface Connections {
  for(url: URL): Dispatcher;
  close(): Promise<void>;
}

async function readPem(path: string, name: string, domain: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = errnoOf(error) === "ENOENT" ? "is not there" : "cannot be read";
    throw new BoxError("invalid-settings", `registries.${domain}.${name}: ${quote(path)} ${reason}`, {
      hint: "it is a file in PEM format; see docs/settings.md",
      cause: error,
    });
  }
}

/** Authorities given to a context replace Node's own: all of them are named. */
async function authorities(ca: Buffer): Promise<(string | Buffer)[]> {
  const { NODE_EXTRA_CA_CERTS } = process.env;
  const extra = NODE_EXTRA_CA_CERTS ? await readFile(NODE_EXTRA_CA_CERTS).catch(() => undefined) : undefined;
  return [...tls.rootCertificates, ...(extra ? [extra] : []), ca];
}

async function contexts({
  domain,
  settings,
}: Endpoint): Promise<{ own: tls.SecureContext; others: tls.SecureContext } | undefined> {
  const { ca, cert, key } = settings;
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  if ((cert === undefined) !== (key === undefined)) {
    throw new BoxError("invalid-settings", `registries.${domain}: cert and key go together`, {
      hint: "see docs/settings.md",
    });
  }
  const read = async (name: "ca" | "cert" | "key") => {
    const path = settings[name];
    return path === undefined ? undefined : readPem(path, name, domain);
  };
  const [caPem, certPem, keyPem] = await Promise.all([read("ca"), read("cert"), read("key")]);
  const common = caPem ? { ca: await authorities(caPem) } : {};
  try {
    const own = { ...common, ...(certPem && keyPem ? { cert: certPem, key: keyPem } : {}) };
    return { own: tls.createSecureContext(own), others: tls.createSecureContext(common) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BoxError(
      "invalid-settings",
      `registries.${domain}: ca, cert or key cannot be used: ${reason}`,
      {
        hint: "they are files in PEM format; see docs/settings.md",
        cause: error,
      },
    );
  }
}

/**
 * Opens connections as the endpoint's settings say. The client's certificate is shown, and an unknown one overlooked,
 * for the registry alone; its authorities count for its token server and blob store as well. HTTP_PROXY, HTTPS_PROXY
 * and NO_PROXY hold except for loopback.
 * @throws BoxError invalid-settings
 */
export async function openConnections(endpoint: Endpoint, limits: Limits): Promise<Connections> {
  const context = await contexts(endpoint);
  const timeout = Math.min(limits.stallMs, 10_000);
  const made: Dispatcher[] = [];

  function open(own: boolean, direct: boolean): Dispatcher {
    const secureContext = own ? context?.own : context?.others;
    const tlsOptions = {
      timeout,
      ...(secureContext ? { secureContext } : {}),
      ...(own && endpoint.settings.insecure === true ? { rejectUnauthorized: false } : {}),
    };
    const options = { headersTimeout: limits.stallMs, bodyTimeout: limits.stallMs, connect: tlsOptions };
    const dispatcher = direct
      ? new Agent(options)
      : // Plain HTTP goes through a proxy as requests, not as a tunnel, which many allow to port 443 alone.
        new EnvHttpProxyAgent({ ...options, requestTls: tlsOptions, proxyTunnel: false });
    made.push(dispatcher);
    return dispatcher;
  }

  const byKind = new Map<string, Dispatcher>();
  return {
    for: (url) => {
      const own = url.host === endpoint.url.host;
      const direct = isLoopback(url.host);
      const kind = `${own} ${direct}`;
      const dispatcher = byKind.get(kind) ?? open(own, direct);
      byKind.set(kind, dispatcher);
      return dispatcher;
    },
    close: async () => {
      await Promise.all(made.map((dispatcher) => dispatcher.destroy()));
    },
  };
}
