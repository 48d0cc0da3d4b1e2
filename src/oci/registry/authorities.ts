import { readFile } from "node:fs/promises";
import type { SecureContext } from "node:tls";
import { callerEnvironment } from "../../host/caller-environment.js";
import type { Home } from "../../host/home.js";

const extraFile = (home: Home) => callerEnvironment(home.env)["NODE_EXTRA_CA_CERTS"];

/**
 * Whom a context of TLS trusts beside Node's own authorities: those of NODE_EXTRA_CA_CERTS, which box's Node does not
 * read at each start, and `more`. Authorities given to a context replace Node's, hence those are named too.
 */
export async function authorities(home: Home, ...more: Buffer[]): Promise<{ ca?: (string | Buffer)[] }> {
  const path = extraFile(home);
  // As with Node, a file that cannot be read adds nothing.
  const extra = path ? await readFile(path).catch(() => undefined) : undefined;
  if (!extra && more.length === 0) return {};
  const { rootCertificates } = await import("node:tls");
  return { ca: [...rootCertificates, ...(extra ? [extra] : []), ...more] };
}

/** Of each engine's home: to read all authorities takes long. */
const trusted = new WeakMap<Home, Promise<SecureContext>>();

/** For connections without certificates in the settings; undefined: Node's own context will do. */
export async function trustedContext(home: Home): Promise<SecureContext | undefined> {
  if (!extraFile(home)) return undefined;
  const { createSecureContext } = await import("node:tls");
  const known = trusted.get(home) ?? authorities(home).then(createSecureContext);
  trusted.set(home, known);
  return known;
}
