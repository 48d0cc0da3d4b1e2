import { BoxError } from "../../errors.js";
import { readSettings } from "../../config/settings.js";
import { basicAuthorization, challengesOf, fetchToken } from "./auth.js";
import type { Credential } from "./credentials.js";
import { openConnections } from "./dispatcher.js";
import { registryEndpoint } from "./endpoint.js";
import { LIMITS, retrying, type Limits } from "./failure.js";
import { findOrigin } from "./session.js";
import { createTransport, type Answer, type Transport } from "./transport.js";
import type { Home } from "../../host/home.js";

/** @param status and its name, as the registry answers to credentials that it rejects */
function refused(url: URL, { username }: Credential, status = "401 Unauthorized"): BoxError {
  return new BoxError("login-refused", `login attempt to ${url.href} failed with status: ${status}`, {
    detail: { registry: url.host },
    hint: `check the username, ${username}, and the password; some registries require an access token instead of a password`,
  });
}

/**
 * Checks credentials with a registry (distribution, spec/api.md, `GET /v2/`).
 * @param domain as in references
 * @returns the credentials to store, with an identity token instead of the password if the registry issues one;
 * undefined if the registry does not require a login
 * @throws BoxError login-refused, bad-token, registry-…, invalid-settings
 */
export async function tryLogin(
  home: Home,
  domain: string,
  credential: Credential,
  signal: AbortSignal,
  limits: Limits = LIMITS,
): Promise<Credential | undefined> {
  const { registries } = await readSettings(home);
  const endpoint = registryEndpoint(domain, registries);
  const { host } = endpoint.url;
  const connections = await openConnections(home, endpoint, limits);
  try {
    const transport = createTransport(connections, signal);
    return await retrying(
      async () => authenticate(await findOrigin(endpoint, transport), credential, transport),
      { what: "the login", host, limits, signal },
    );
  } finally {
    await connections.close();
  }
}

async function authenticate(
  origin: URL,
  credential: Credential,
  transport: Transport,
): Promise<Credential | undefined> {
  const url = new URL("/v2/", origin);
  const ask = async (headers: Record<string, string>): Promise<Answer> => {
    const response = await transport.send(url, { headers });
    await response.body.dump();
    if (response.redirectedTo) {
      throw new BoxError(
        "registry-failed",
        `registry ${origin.host} redirects the login to ${response.redirectedTo.host}`,
        {
          hint: `credentials are not sent there; if that is the registry, log in to ${response.redirectedTo.host}`,
        },
      );
    }
    return response;
  };
  const first = await ask({});
  if (first.statusCode === 200) return undefined;
  const [challenge] = challengesOf(first);
  if (first.statusCode !== 401 || !challenge) {
    throw new BoxError("registry-failed", `registry ${origin.host} returned status ${first.statusCode}`, {
      hint: "it may not be a registry",
    });
  }
  let kept = credential;
  let authorization: string | undefined;
  if (challenge.scheme === "bearer") {
    const request = { registry: origin, scopes: [], transport, credential, offline: true };
    const token = await fetchToken(challenge, request);
    authorization = token?.authorization;
    if (token?.identityToken !== undefined) {
      kept = { username: credential.username, identityToken: token.identityToken };
    }
  } else if (challenge.scheme === "basic" && "password" in credential) {
    authorization = basicAuthorization(credential);
  }
  if (authorization === undefined) throw refused(url, credential);
  const { statusCode } = await ask({ authorization });
  if (statusCode === 200) return kept;
  if (statusCode === 401) throw refused(url, credential);
  if (statusCode === 403) throw refused(url, credential, "403 Forbidden");
  throw new BoxError(
    "registry-failed",
    `registry ${origin.host} returned status ${statusCode} for the login`,
  );
}
