import type { RegistrySettings } from "../../config/settings.js";
import { BoxError } from "../../errors.js";
import { quote } from "../../config/syntax/quote.js";
import { isRepositoryPath } from "../../config/syntax/registry-host.js";

/** Where a registry's content is requested: the registry itself, or one of its mirrors. */
export interface Endpoint {
  /** Host as in references: used in messages, and to look up credentials. */
  domain: string;
  url: URL;
  /** Prepended to repository names: empty, or the mirror's path with a trailing `/`. */
  prefix: string;
  /** Whether to fall back to HTTP if the host does not support HTTPS. */
  mayBePlain: boolean;
  settings: RegistrySettings;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

/** @param host of a URL or a reference, with or without a port */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** The host that serves `docker.io`. */
const HUB_HOST = "registry-1.docker.io";

/**
 * Returns the URL of a registry. Loopback uses plain HTTP unless the settings configure TLS.
 */
export function registryUrl(domain: string, { ca, cert, insecure }: RegistrySettings = {}): URL {
  if (domain === "docker.io") return new URL(`https://${HUB_HOST}`);
  const tls = ca !== undefined || cert !== undefined || insecure === false;
  return new URL(`${isLoopback(domain) && !tls ? "http" : "https"}://${domain}`);
}

function endpointOf(domain: string, settings: RegistrySettings): Endpoint {
  const url = registryUrl(domain, settings);
  return { domain, url, prefix: "", settings, mayBePlain: settings.insecure === true };
}

/** Whether the settings name certificates for this endpoint. */
export function namesCertificates({ settings: { ca, cert, key } }: Endpoint): boolean {
  return ca !== undefined || cert !== undefined || key !== undefined;
}

/** A mirror is a host, or a URL whose path is prepended to repository names. */
function mirrorEndpoint(
  mirror: string,
  of: string,
  registries: Readonly<Record<string, RegistrySettings>>,
): Endpoint {
  const refuse = () =>
    new BoxError("invalid-settings", `registries.${of}.mirrors: ${quote(mirror)} is not a host or URL`, {
      hint: "for example mirror.example.com:5000 or https://mirror.example.com/hub; see docs/settings.md",
    });
  const named = mirror.includes("://");
  const text = named ? mirror : `https://${mirror}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !["http:", "https:"].includes(url.protocol)) throw refuse();
  if (url.username || url.password || url.search || url.hash) throw refuse();
  const settings = registries[url.host] ?? {};
  const prefix = url.pathname.replace(/^\/+|\/+$/g, "");
  if (prefix !== "" && !isRepositoryPath(prefix)) throw refuse();
  return {
    domain: url.host,
    url: named ? new URL(url.origin) : registryUrl(url.host, settings),
    prefix: prefix && `${prefix}/`,
    settings,
    mayBePlain: !named && settings.insecure === true,
  };
}

/** Returns the registry of a domain, without its mirrors. Pushes go there. */
export function registryEndpoint(
  domain: string,
  registries: Readonly<Record<string, RegistrySettings>> = {},
): Endpoint {
  return endpointOf(domain, registries[domain] ?? {});
}

/**
 * Returns the endpoints to pull from, in order: the registry's mirrors, then the registry itself.
 * @throws BoxError invalid-settings
 */
export function pullEndpoints(
  domain: string,
  registries: Readonly<Record<string, RegistrySettings>> = {},
): Endpoint[] {
  const { mirrors = [] } = registries[domain] ?? {};
  return [
    ...mirrors.map((mirror) => mirrorEndpoint(mirror, domain, registries)),
    registryEndpoint(domain, registries),
  ];
}
