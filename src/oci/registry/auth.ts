import * as z from "zod/mini";
import { BoxError } from "../../errors.js";
import type { Credential } from "./credentials.js";
import { isLoopback } from "./endpoint.js";
import { printable, readBounded, type Request, type Response, type Transport } from "./transport.js";

/** A challenge of WWW-Authenticate: its scheme, in lower case, and its parameters. */
export interface Challenge {
  scheme: string;
  parameters: Record<string, string>;
}

/** A token or a quoted string (RFC 9110, 5.6). */
const PARAMETER = /^[\s,]*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/;

/** Parses one challenge (RFC 9110, 11.6.1): registries send one a header line. */
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

/** The challenges of an answer, those for a token first: they tell more than Basic does. */
export function challengesOf({ headers }: Response): Challenge[] {
  const header = headers["www-authenticate"];
  const lines = Array.isArray(header) ? header : [header ?? ""];
  const challenges = lines.flatMap((line) => parseChallenge(line) ?? []);
  return challenges.sort((a, b) => Number(b.scheme === "bearer") - Number(a.scheme === "bearer"));
}

const TOKEN_LIMIT = 256 * 1024;
const HEADER_SAFE = /^[\x21-\x7e]+$/;
/** Names box to token servers (OAuth2, RFC 6749, 2.2). */
const CLIENT_ID = "box";

const TokenAnswer = z.object({
  token: z.optional(z.string()),
  access_token: z.optional(z.string()),
  refresh_token: z.optional(z.string()),
});

/**
 * Where a challenge sends for a token. Secrets go there: from HTTPS only to HTTPS, from HTTP on loopback to HTTP on
 * loopback, for what is asked there has been on no network yet.
 */
function realmOf(realm: string, registry: URL): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const mayBePlain =
    registry.protocol === "http:" && (!isLoopback(registry.host) || isLoopback(url?.host ?? ""));
  if (url?.protocol === "https:" || (url?.protocol === "http:" && mayBePlain)) return url;
  throw new BoxError(
    "bad-token",
    `registry ${registry.host} sends for a token to ${JSON.stringify(printable(realm) || "nowhere")}`,
    { hint: "only https is followed" },
  );
}

/** The value of Authorization for a password (RFC 7617). */
export function basicAuthorization({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

function tokenRequest(
  url: URL,
  { service, scopes, credential, offline }: Omit<TokenWish, "registry" | "transport"> & { service?: string },
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

export interface TokenWish {
  /** URL of the registry that asked. */
  registry: URL;
  /** `repository:NAME:pull,push`; those that the challenge names are added. */
  scopes: readonly string[];
  transport: Transport;
  credential?: Credential | undefined;
  /** Asks for an identity token as well, to keep in the password's place. */
  offline?: boolean;
}

export interface Token {
  /** The value of Authorization. */
  authorization: string;
  identityToken?: string;
}

/**
 * Gets a token that the challenge asks for (distribution, spec/auth/token.md and oauth.md).
 * @returns undefined when the token server refuses.
 * @throws BoxError bad-token; what Transport.send throws
 */
export async function fetchToken(
  { parameters }: Challenge,
  { registry, scopes, transport, credential, offline = false }: TokenWish,
): Promise<Token | undefined> {
  const { realm = "", service, scope: asked } = parameters;
  const all = [...new Set([...(asked?.split(" ").filter(Boolean) ?? []), ...scopes])];
  const wish = tokenRequest(realmOf(realm, registry), {
    scopes: all,
    offline,
    ...(service === undefined ? {} : { service }),
    ...(credential === undefined ? {} : { credential }),
  });
  const { host } = wish.url;
  const response = await transport.send(wish.url, wish.request);
  if (response.foreign && credential) {
    await response.body.dump();
    throw new BoxError("bad-token", `token server ${host} redirects to ${response.foreign.host}`, {
      hint: "no password is sent there",
    });
  }
  if (response.statusCode !== 200) {
    await response.body.dump();
    if ([400, 401, 403, 404].includes(response.statusCode)) return undefined;
    throw new BoxError("bad-token", `${host} gives no token: status ${response.statusCode}`);
  }
  const data = await readBounded(response, { limit: TOKEN_LIMIT, what: `token of ${host}`, host });
  let answer: z.infer<typeof TokenAnswer> | undefined;
  try {
    answer = z.safeParse(TokenAnswer, JSON.parse(data.toString("utf8"))).data;
  } catch {
    answer = undefined;
  }
  const token = answer?.token ?? answer?.access_token;
  if (token === undefined || !HEADER_SAFE.test(token)) {
    throw new BoxError("bad-token", `${host} answers without a usable token`);
  }
  const { refresh_token: identityToken } = answer ?? {};
  return { authorization: `Bearer ${token}`, ...(identityToken ? { identityToken } : {}) };
}
