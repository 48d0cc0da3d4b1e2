import { readFile } from "node:fs/promises";
import type { SecureContext } from "node:tls";
import { callerEnvironment } from "../../host/caller-environment.js";
import type { Home } from "../../host/home.js";

const extraFile = (home: Home) => callerEnvironment(home.env)["NODE_EXTRA_CA_CERTS"];

/**
 * Returns the `ca` option of a TLS context that trusts the certificates in NODE_EXTRA_CA_CERTS and `more`. (box's Node
 * does not read that variable itself, to start faster.) Node's own certificates are included, because `ca` replaces them.
 */
export async function authorities(home: Home, ...more: Buffer[]): Promise<{ ca?: (string | Buffer)[] }> {
  const path = extraFile(home);
  // Like Node, ignore a file that cannot be read.
  const extra = path ? await readFile(path).catch(() => undefined) : undefined;
  if (!extra && more.length === 0) return {};
  const { rootCertificates } = await import("node:tls");
  return { ca: [...rootCertificates, ...(extra ? [extra] : []), ...more] };
}

/** Per home, because reading all certificates is slow. */
const trusted = new WeakMap<Home, Promise<SecureContext>>();

/** Returns the context for registries without certificates in the settings; undefined if Node's default will do. */
export async function trustedContext(home: Home): Promise<SecureContext | undefined> {
  if (!extraFile(home)) return undefined;
  const { createSecureContext } = await import("node:tls");
  const known = trusted.get(home) ?? authorities(home).then(createSecureContext);
  trusted.set(home, known);
  return known;
}
