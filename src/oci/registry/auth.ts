import * as z from "zod/mini";
import { BoxError } from "../../errors.js";
import type { Credential } from "./credentials.js";
import { isLoopback } from "./endpoint.js";
import { printable, readBounded, type Request, type Response, type Transport } from "./transport.js";

/** A WWW-Authenticate challenge: its scheme, in lower case, and its parameters. */
export interface Challenge {
  scheme: string;
  parameters: Record<string, string>;
}

/** A token or a quoted string (RFC 9110, 5.6). */
const PARAMETER = /^[\s,]*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/;

/** Parses one challenge (RFC 9110, 11.6.1). Registries send one per header line. */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme, tail = ""] = /^\s*([\w-]+)(?:\s+(.*))?$/s.exec(header.slice(0, 8192)) ?? [];
  if (scheme === undefined) return undefined;
  const parameters: Record<string, string> = {};
  let rest = tail;
  for (let match = PARAMETER.exec(rest); match; match = PARAMETER.exec(rest)) {
    const [all, name = "", quoted, plain = ""] = match;
    parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, "$1") ?? plain;
    rest = rest.slice(all.length);
  }
  return { scheme: scheme.toLowerCase(), parameters };
}

/** Returns the challenges of a response, Bearer before Basic. */
export function challengesOf({ headers }: Response): Challenge[] {
  const header = headers["www-authenticate"];
  const lines = Array.isArray(header) ? header : [header ?? ""];
  const challenges = lines.flatMap((line) => parseChallenge(line) ?? []);
  return challenges.sort((a, b) => Number(b.scheme === "bearer") - Number(a.scheme === "bearer"));
}

const TOKEN_LIMIT = 256 * 1024;
const HEADER_SAFE = /^[\x21-\x7e]+$/;
/** Identifies box to token servers (OAuth2, RFC 6749, 2.2). */
const CLIENT_ID = "box";

const TokenAnswer = z.object({
  token: z.optional(z.string()),
  access_token: z.optional(z.string()),
  refresh_token: z.optional(z.string()),
});

/**
 * Returns the URL of the token server that a challenge names. Because credentials are sent to it, a registry reached
 * over HTTPS may only name an HTTPS URL, and a registry on loopback may only name plain HTTP on loopback: nothing sent
 * to it has left this host yet.
 */
function realmOf(realm: string, registry: URL): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const mayBePlain =
    registry.protocol === "http:" && (!isLoopback(registry.host) || isLoopback(url?.host ?? ""));
  if (url?.protocol === "https:" || (url?.protocol === "http:" && mayBePlain)) return url;
  throw new BoxError(
    "bad-token",
    `registry ${registry.host} names an invalid token server: ${JSON.stringify(printable(realm))}`,
    { hint: "token servers must use HTTPS" },
  );
}

/** Returns the Authorization header for a password (RFC 7617). */
export function basicAuthorization({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

function tokenRequest(
  url: URL,
  {
    service,
    scopes,
    credential,
    offline,
  }: Omit<TokenRequest, "registry" | "transport"> & { service?: string },
): { url: URL; request: Request } {
  const headers = { accept: "application/json" };
  if (credential && "identityToken" in credential) {
    const form = new URLSearchParams({
      grant_type: "refresh_token",
      ...(service === undefined ? {} : { service }),
      client_id: CLIENT_ID,
      ...(scopes.length > 0 ? { scope: scopes.join(" ") } : {}),
      refresh_token: credential.identityToken,
    });
    const body = Buffer.from(form.toString());
    const type = { "content-type": "application/x-www-form-urlencoded" };
    return { url, request: { method: "POST", headers: { ...headers, ...type }, body } };
  }
  const asked = new URL(url);
  if (service !== undefined) asked.searchParams.set("service", service);
  for (const scope of scopes) asked.searchParams.append("scope", scope);
  if (!credential) return { url: asked, request: { headers } };
  asked.searchParams.set("account", credential.username);
  if (offline) {
    asked.searchParams.set("offline_token", "true");
    asked.searchParams.set("client_id", CLIENT_ID);
  }
  return { url: asked, request: { headers: { ...headers, authorization: basicAuthorization(credential) } } };
}

export interface TokenRequest {
  /** URL of the registry that sent the challenge. */
  registry: URL;
  /** `repository:NAME:pull,push`, in addition to the scopes that the challenge names. */
  scopes: readonly string[];
  transport: Transport;
  credential?: Credential | undefined;
  /** Also request an identity token, which can be stored instead of the password. */
  offline?: boolean;
}

export interface Token {
  /** Value of the Authorization header. */
  authorization: string;
  identityToken?: string;
}

/**
 * Fetches the token that a challenge asks for (distribution, spec/auth/token.md and oauth.md).
 * @returns undefined if the token server denies it
 * @throws BoxError bad-token, and what Transport.send throws
 */
export async function fetchToken(
  { parameters }: Challenge,
  { registry, scopes, transport, credential, offline = false }: TokenRequest,
): Promise<Token | undefined> {
  const { realm = "", service, scope: asked } = parameters;
  const all = [...new Set([...(asked?.split(" ").filter(Boolean) ?? []), ...scopes])];
  const { url, request } = tokenRequest(realmOf(realm, registry), {
    scopes: all,
    offline,
    ...(service === undefined ? {} : { service }),
    ...(credential === undefined ? {} : { credential }),
  });
  const { host } = url;
  const response = await transport.send(url, request);
  if (response.redirectedTo && credential) {
    await response.body.dump();
    throw new BoxError("bad-token", `token server ${host} redirects to ${response.redirectedTo.host}`, {
      hint: "credentials are not sent to another host",
    });
  }
  if (response.statusCode !== 200) {
    await response.body.dump();
    if ([400, 401, 403, 404].includes(response.statusCode)) return undefined;
    throw new BoxError("bad-token", `token server ${host} returned status ${response.statusCode}`);
  }
  const data = await readBounded(response, { limit: TOKEN_LIMIT, what: `token from ${host}`, host });
  let answer: z.infer<typeof TokenAnswer> | undefined;
  try {
    answer = z.safeParse(TokenAnswer, JSON.parse(data.toString("utf8"))).data;
  } catch {
    answer = undefined;
  }
  const token = answer?.token ?? answer?.access_token;
  if (token === undefined || !HEADER_SAFE.test(token)) {
    throw new BoxError("bad-token", `token server ${host} returned no valid token`);
  }
  const { refresh_token: identityToken } = answer ?? {};
  return { authorization: `Bearer ${token}`, ...(identityToken ? { identityToken } : {}) };
}
