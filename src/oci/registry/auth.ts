import * as z from "zod/mini";
import { BoxError } from "../../config/errors.js";
import { printable, readBounded, type Transport } from "./transport.js";

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

const TOKEN_LIMIT = 256 * 1024;
const HEADER_SAFE = /^[\x21-\x7e]+$/;

const TokenAnswer = z.object({ token: z.optional(z.string()), access_token: z.optional(z.string()) });

/**
 * Gets a token that the challenge asks for, as nobody in particular (distribution, spec/auth/token.md).
 * @param registry URL of the registry that asked.
 * @param scope used when the challenge names none.
 * @returns the value of Authorization; undefined when the challenge wants a login.
 * @throws BoxError bad-token; what Transport.get throws
 */
export async function fetchToken(
  { scheme, parameters }: Challenge,
  { registry, scope, transport }: { registry: URL; scope: string; transport: Transport },
): Promise<string | undefined> {
  if (scheme !== "bearer") return undefined;
  const { realm = "", service, scope: asked } = parameters;
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const secure = url?.protocol === "https:" || (url?.protocol === "http:" && registry.protocol === "http:");
  if (!url || !secure) {
    throw new BoxError(
      "bad-token",
      `registry ${registry.host} sends for a token to ${JSON.stringify(printable(realm) || "nowhere")}`,
      { hint: "only https is followed" },
    );
  }
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("scope", asked ?? scope);
  const response = await transport.get(url, { accept: "application/json" });
  if (response.statusCode !== 200) {
    await response.body.dump();
    // The token server refuses what nobody in particular may read.
    if ([400, 401, 403, 404].includes(response.statusCode)) return undefined;
    throw new BoxError("bad-token", `${url.host} gives no token: status ${response.statusCode}`);
  }
  const data = await readBounded(response, {
    limit: TOKEN_LIMIT,
    what: `token of ${url.host}`,
    host: url.host,
  });
  let answer: z.infer<typeof TokenAnswer> | undefined;
  try {
    answer = z.safeParse(TokenAnswer, JSON.parse(data.toString("utf8"))).data;
  } catch {
    answer = undefined;
  }
  const token = answer?.token ?? answer?.access_token;
  if (token === undefined || !HEADER_SAFE.test(token)) {
    throw new BoxError("bad-token", `${url.host} answers without a usable token`);
  }
  return `Bearer ${token}`;
}
