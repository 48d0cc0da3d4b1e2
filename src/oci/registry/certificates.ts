import { readFile } from "node:fs/promises";
import * as tls from "node:tls";
import { BoxError, errnoOf, messageOf } from "../../errors.js";
import { quote } from "../../config/syntax/quote.js";
import { authorities } from "./authorities.js";
import type { Endpoint } from "./endpoint.js";
import type { Home } from "../../host/home.js";

async function readPem(path: string, name: string, domain: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = errnoOf(error) === "ENOENT" ? "does not exist" : "cannot be read";
    throw new BoxError("invalid-settings", `registries.${domain}.${name}: ${quote(path)} ${reason}`, {
      hint: "it must be a file in PEM format; see docs/settings.md",
      cause: error,
    });
  }
}

export interface Contexts {
  /** For the registry. */
  own: tls.SecureContext;
  /** For its token server and blob store, which are not shown the client certificate. */
  others: tls.SecureContext;
}

/**
 * Reads the certificates that the settings name.
 * @throws BoxError invalid-settings
 */
export async function readCertificates(home: Home, { domain, settings }: Endpoint): Promise<Contexts> {
  const { cert, key } = settings;
  if ((cert === undefined) !== (key === undefined)) {
    throw new BoxError("invalid-settings", `registries.${domain}: cert and key must be set together`, {
      hint: "see docs/settings.md",
    });
  }
  const read = async (name: "ca" | "cert" | "key") => {
    const path = settings[name];
    return path === undefined ? undefined : readPem(path, name, domain);
  };
  const [caPem, certPem, keyPem] = await Promise.all([read("ca"), read("cert"), read("key")]);
  const common = await authorities(home, ...(caPem ? [caPem] : []));
  try {
    const own = { ...common, ...(certPem && keyPem ? { cert: certPem, key: keyPem } : {}) };
    return { own: tls.createSecureContext(own), others: tls.createSecureContext(common) };
  } catch (error) {
    const reason = messageOf(error);
    throw new BoxError("invalid-settings", `registries.${domain}: invalid ca, cert or key: ${reason}`, {
      hint: "they must be files in PEM format; see docs/settings.md",
      cause: error,
    });
  }
}
