import type { RegistrySettings } from "../../config/settings.js";
import { BoxError } from "../../errors.js";
import { quote } from "../../config/syntax/quote.js";
import { isRepositoryPath } from "../../config/syntax/registry-host.js";

/** Where a registry's content is asked for: the registry itself, or a mirror of it. */
export interface Endpoint {
  /** Host as references name it: the name in messages, and under which a login is kept. */
  domain: string;
  url: URL;
  /** Stands before the name of a repository: empty, or a path of the mirror's with `/` at its end. */
  prefix: string;
  /** HTTPS is tried first; HTTP is allowed when it is not spoken there. */
  mayBePlain: boolean;
  settings: RegistrySettings;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

/** @param host of a URL or a reference, with its port or without */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Docker's own name for its registry is not the host that serves it. */
const HUB_HOST = "registry-1.docker.io";

/**
 * The address of a registry. Loopback is asked by plain HTTP unless its settings speak of TLS.
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

/** Whether the settings name certificates of its own. */
export function namesCertificates({ settings: { ca, cert, key } }: Endpoint): boolean {
  return ca !== undefined || cert !== undefined || key !== undefined;
}

/** A mirror is a host, or a URL whose path stands before the names of repositories. */
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

/** The registry of a domain, without its mirrors: what is pushed to. */
export function registryEndpoint(
  domain: string,
  registries: Readonly<Record<string, RegistrySettings>> = {},
): Endpoint {
  return endpointOf(domain, registries[domain] ?? {});
}

/**
 * Where content of a registry is asked for, in order: its mirrors, then itself.
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
