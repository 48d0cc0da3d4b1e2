import { BoxError } from "../../errors.js";
import { familiarName } from "../../config/syntax/reference.js";
import type { Credential } from "./credentials.js";
import type { Endpoint } from "./endpoint.js";
import { PassingFailure, retrying, type Limits } from "./failure.js";
import {
  createTransport,
  readRefusal,
  type Connections,
  type Request,
  type Response,
  type Transport,
} from "./transport.js";
import type { Home } from "../../host/home.js";

/** Authenticated access to one repository at one endpoint. */
export interface Session {
  /** Host for messages. */
  host: string;
  /** Base URL, against which upload locations are resolved. */
  origin: () => Promise<URL>;
  /** Returns the URL of a path in the repository, such as `manifests/latest`. */
  urlOf: (path: string) => Promise<URL>;
  /**
   * Sends one request with the user's credentials, and renews an expired token.
   * @param to a path in the repository, such as `manifests/latest`, or a URL from the registry
   * @param what its name in messages
   * @param accept statuses besides 2xx that are not errors
   * @throws BoxError access-denied, image-not-found, registry-…; PassingFailure
   */
  send: (to: string | URL, request: Request, what: string, accept?: readonly number[]) => Promise<Response>;
  /** Repeats an attempt while it fails temporarily. @throws BoxError registry-failed */
  retried: <T>(what: string, attempt: () => Promise<T>) => Promise<T>;
  close: () => Promise<void>;
}

export interface SessionOptions {
  /** Name of the repository. */
  path: string;
  access: "pull" | "push";
  /** Other repositories of the registry to mount blobs from. */
  sources?: readonly string[];
  signal: AbortSignal;
  limits: Limits;
}

/** Returns the HTTPS URL, or the HTTP URL if the settings allow it and the host does not support HTTPS. */
export async function findOrigin({ url, mayBePlain }: Endpoint, transport: Transport): Promise<URL> {
  if (!mayBePlain) return url;
  try {
    const { body } = await transport.send(new URL("/v2/", url), { headers: {} });
    await body.dump();
    return url;
  } catch (error) {
    // A failure because of a status means that the host supports HTTPS.
    const answered = error instanceof PassingFailure && error.cause === undefined;
    const broken =
      error instanceof PassingFailure || (error instanceof BoxError && error.code === "registry-unreachable");
    if (answered || !broken) return url;
    return new URL(`http://${url.host}`);
  }
}

/** Looks up the credentials for a registry when they are first needed. */
function keepCredential(
  home: Home,
  domain: string,
  signal: AbortSignal,
): {
  get: () => Promise<Credential | undefined>;
  /** The error of the credential helper, if it failed. */
  failure: () => string | undefined;
} {
  let failure: string | undefined;
  let found: Promise<Credential | undefined> | undefined;
  return {
    get: () =>
      (found ??= import("./credentials.js")
        .then(({ findCredential }) => findCredential(home, domain, signal))
        .catch((error: unknown) => {
          // Public content must remain accessible if the keyring is broken.
          if (!(error instanceof BoxError) || error.code !== "credential-helper-failed") throw error;
          failure = error.message;
          return undefined;
        })),
    failure: () => failure,
  };
}

/** Pulls use Node's own client, which loads and reads faster; undici is for uploads and proxies. */
async function connect(
  home: Home,
  endpoint: Endpoint,
  limits: Limits,
  access: SessionOptions["access"],
): Promise<Connections> {
  if (access === "pull") {
    const { namesProxy, openLightConnections } = await import("./light.js");
    if (!namesProxy(home.env)) return openLightConnections(home, endpoint, limits);
  }
  const { openConnections } = await import("./dispatcher.js");
  return openConnections(home, endpoint, limits);
}

export function openSession(
  home: Home,
  endpoint: Endpoint,
  { path, access, sources = [], signal, limits }: SessionOptions,
): Session {
  const { domain } = endpoint;
  const { host } = endpoint.url;
  const repository = `${endpoint.prefix}${path}`;
  const scopes = [
    `repository:${repository}:${access === "push" ? "pull,push" : "pull"}`,
    ...sources.map((source) => `repository:${endpoint.prefix}${source}:pull`),
  ];
  const login = keepCredential(home, domain, signal);
  let opened: Promise<{ connections: Connections; transport: Transport; origin: URL }> | undefined;
  let authorization: Promise<string | undefined> = Promise.resolve(undefined);

  async function open() {
    const connections = await connect(home, endpoint, limits, access);
    const transport = createTransport(connections, signal);
    return { connections, transport, origin: await findOrigin(endpoint, transport) };
  }

  /** Returns the Authorization header for a 401 response; undefined if there are no usable credentials. */
  async function answerChallenge(
    response: Response,
    origin: URL,
    transport: Transport,
  ): Promise<string | undefined> {
    const { basicAuthorization, challengesOf, fetchToken } = await import("./auth.js");
    for (const challenge of challengesOf(response)) {
      const credential = await login.get();
      if (challenge.scheme === "bearer") {
        const token = await fetchToken(challenge, { registry: origin, scopes, transport, credential });
        return token?.authorization;
      }
      if (challenge.scheme === "basic" && credential && "password" in credential) {
        return basicAuthorization(credential);
      }
    }
    return undefined;
  }

  /** Authenticates once for all concurrent requests that were refused. */
  async function authorize(
    response: Response,
    used: string | undefined,
    origin: URL,
    transport: Transport,
  ): Promise<boolean> {
    if ((await authorization) === used) {
      authorization = answerChallenge(response, origin, transport);
      // A failure must not be remembered, nor be reported as an unhandled rejection.
      authorization.catch(() => (authorization = Promise.resolve(used)));
    }
    const given = await authorization;
    return given !== undefined && given !== used;
  }

  const origin = async (): Promise<URL> => (await (opened ??= open())).origin;
  const urlOf = async (path: string): Promise<URL> => new URL(`/v2/${repository}/${path}`, await origin());

  async function send(
    to: string | URL,
    request: Request,
    what: string,
    accept: readonly number[] = [],
  ): Promise<Response> {
    const { transport, origin } = await (opened ??= open());
    const url = typeof to === "string" ? await urlOf(to) : to;
    const isOwnOrigin = url.origin === origin.origin;
    for (let tries = 0; ; tries++) {
      const used = isOwnOrigin ? await authorization : undefined;
      const headers = used === undefined ? request.headers : { ...request.headers, authorization: used };
      const response = await transport.send(url, { ...request, headers });
      const { statusCode, redirectedTo = isOwnOrigin ? undefined : url } = response;
      if ((statusCode >= 200 && statusCode < 300) || accept.includes(statusCode)) return response;
      if (redirectedTo && (statusCode === 401 || statusCode === 403)) {
        throw redirectRefusal(redirectedTo, statusCode, await readRefusal(response), what);
      }
      if (statusCode === 401 && tries < 2) {
        // Read the body first, to free the connection.
        const reason = await readRefusal(response);
        if (await authorize(response, used, origin, transport)) continue;
        throw await refusal(statusCode, reason, what);
      }
      throw await refusal(statusCode, await readRefusal(response), what);
    }
  }

  /** The host that a registry redirects to gets no credentials, whatever it asks for. */
  function redirectRefusal(to: URL, statusCode: number, reason: string, what: string): BoxError {
    return new BoxError(
      "access-denied",
      `access denied: registry ${host} redirects to ${to.host} for ${what}, which returned status ${statusCode}${reason && ` (${reason})`}`,
      { hint: `credentials for ${domain} are never sent to another host` },
    );
  }

  async function refusal(statusCode: number, reason: string, what: string): Promise<BoxError> {
    const tail = reason && ` (${reason})`;
    if (statusCode === 401 || statusCode === 403) {
      const failure = login.failure();
      const known = failure === undefined && (await login.get()) !== undefined;
      const hint =
        failure ??
        (known
          ? `the stored credentials for ${domain} do not allow it; log in again`
          : "check the spelling; if the repository is private, log in first");
      const denied =
        access === "push"
          ? `denied: requested access to the resource is denied: ${what}`
          : `pull access denied for ${familiarName({ domain, path })}, repository does not exist or may require 'docker login'`;
      return new BoxError("access-denied", `${denied}${tail}`, {
        hint,
        ...(failure === undefined ? { detail: { registry: domain } } : {}),
      });
    }
    if (statusCode === 404 && access === "pull") {
      // Docker's words, whatever the registry's are.
      const unknown = what.startsWith("manifest for ") ? ": manifest unknown" : "";
      return new BoxError("image-not-found", `${what} not found${unknown}${tail}`, {
        hint: "check the spelling of the name and the tag",
      });
    }
    return new BoxError(
      "registry-failed",
      `registry ${host} returned status ${statusCode} for ${what}${tail}`,
    );
  }

  return {
    host,
    origin,
    urlOf,
    send,
    retried: (what, attempt) => retrying(attempt, { what, host, limits, signal }),
    close: async () => {
      const { connections } = (await opened?.catch(() => undefined)) ?? {};
      await connections?.close();
    },
  };
}
