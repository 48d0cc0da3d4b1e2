import { BoxError } from "../../errors.js";
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

/** One repository at one endpoint, and the right to use it. */
export interface Session {
  /** Host for messages. */
  host: string;
  /** URL that paths are below; uploads are told places relative to it. */
  origin: () => Promise<URL>;
  /** URL of what lies below the repository: `manifests/latest`. */
  place: (path: string) => Promise<URL>;
  /**
   * One request below the repository, as whoever the user is logged in as; a token that ran out is renewed.
   * @param to `manifests/latest`, or a URL that the registry gave
   * @param what names it in messages
   * @param accept tells which answers beside 2xx are one
   * @throws BoxError access-denied, image-not-found, registry-…; PassingFailure
   */
  send: (to: string | URL, request: Request, what: string, accept?: readonly number[]) => Promise<Response>;
  /** Tries again while it fails with what may pass. @throws BoxError registry-failed */
  retried: <T>(what: string, attempt: () => Promise<T>) => Promise<T>;
  close: () => Promise<void>;
}

export interface SessionOptions {
  /** Name of the repository. */
  path: string;
  access: "pull" | "push";
  /** Other repositories of the registry that blobs are mounted from. */
  sources?: readonly string[];
  signal: AbortSignal;
  limits: Limits;
}

/** HTTPS, or HTTP where the settings allow it and HTTPS is not spoken. */
export async function findOrigin({ url, mayBePlain }: Endpoint, transport: Transport): Promise<URL> {
  if (!mayBePlain) return url;
  try {
    const { body } = await transport.send(new URL("/v2/", url), { headers: {} });
    await body.dump();
    return url;
  } catch (error) {
    // A status is an answer, in HTTPS.
    const answered = error instanceof PassingFailure && error.cause === undefined;
    const broken =
      error instanceof PassingFailure || (error instanceof BoxError && error.code === "registry-unreachable");
    if (answered || !broken) return url;
    return new URL(`http://${url.host}`);
  }
}

/** The login for a registry, looked up when it is first asked for one. */
function keepCredential(
  home: Home,
  domain: string,
  signal: AbortSignal,
): {
  get: () => Promise<Credential | undefined>;
  /** Why there is none, when a helper failed. */
  failure: () => string | undefined;
} {
  let failure: string | undefined;
  let found: Promise<Credential | undefined> | undefined;
  return {
    get: () =>
      (found ??= import("./credentials.js")
        .then(({ findCredential }) => findCredential(home, domain, signal))
        .catch((error: unknown) => {
          // What everybody may read is not kept back by a broken key ring.
          if (!(error instanceof BoxError) || error.code !== "credential-helper-failed") throw error;
          failure = error.message;
          return undefined;
        })),
    failure: () => failure,
  };
}

/** Reading goes through Node's own client, which is faster to load and to read with; undici is for what that cannot. */
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

  /** The value of Authorization that answers a refusal; undefined when there is none. */
  async function answer(response: Response, origin: URL, transport: Transport): Promise<string | undefined> {
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

  /** Asks once for all requests under way that were refused. */
  async function authorize(
    response: Response,
    used: string | undefined,
    origin: URL,
    transport: Transport,
  ): Promise<boolean> {
    if ((await authorization) === used) {
      authorization = answer(response, origin, transport);
      // A failed try must not stick, and must not count as unhandled when nobody else waits for it.
      authorization.catch(() => (authorization = Promise.resolve(used)));
    }
    const given = await authorization;
    return given !== undefined && given !== used;
  }

  const origin = async (): Promise<URL> => (await (opened ??= open())).origin;
  const place = async (path: string): Promise<URL> => new URL(`/v2/${repository}/${path}`, await origin());

  async function send(
    to: string | URL,
    request: Request,
    what: string,
    accept: readonly number[] = [],
  ): Promise<Response> {
    const { transport, origin } = await (opened ??= open());
    const url = typeof to === "string" ? await place(to) : to;
    const asksOwn = url.origin === origin.origin;
    for (let tries = 0; ; tries++) {
      const used = asksOwn ? await authorization : undefined;
      const headers = used === undefined ? request.headers : { ...request.headers, authorization: used };
      const response = await transport.send(url, { ...request, headers });
      const { statusCode, foreign = asksOwn ? undefined : url } = response;
      if ((statusCode >= 200 && statusCode < 300) || accept.includes(statusCode)) return response;
      if (foreign && (statusCode === 401 || statusCode === 403)) {
        throw foreignRefusal(foreign, statusCode, await readRefusal(response), what);
      }
      if (statusCode === 401 && tries < 2) {
        // The body is read before the answer is thought of: its connection is needed.
        const said = await readRefusal(response);
        if (await authorize(response, used, origin, transport)) continue;
        throw await refusal(statusCode, said, what);
      }
      throw await refusal(statusCode, await readRefusal(response), what);
    }
  }

  /** Whoever a registry sends its clients to sees no login of theirs, whatever it asks for. */
  function foreignRefusal(to: URL, statusCode: number, said: string, what: string): BoxError {
    return new BoxError(
      "access-denied",
      `access denied: registry ${host} redirects to ${to.host} for ${what}, which answers with status ${statusCode}${said && ` (${said})`}`,
      { hint: `the login for ${domain} is never sent to another host` },
    );
  }

  async function refusal(statusCode: number, said: string, what: string): Promise<BoxError> {
    const tail = said && ` (${said})`;
    if (statusCode === 401 || statusCode === 403) {
      const failure = login.failure();
      const known = failure === undefined && (await login.get()) !== undefined;
      const hint =
        failure ??
        (known
          ? `the login kept for ${domain} does not allow it; log in again`
          : "check the spelling; if it is private, log in first");
      const denied =
        access === "push" ? `access denied: ${what}` : `image not found, or access denied: ${what}`;
      return new BoxError("access-denied", `${denied}${tail}`, {
        hint,
        ...(failure === undefined ? { detail: { registry: domain } } : {}),
      });
    }
    if (statusCode === 404 && access === "pull") {
      return new BoxError("image-not-found", `image not found: ${what} is not in registry ${host}${tail}`, {
        hint: "check the spelling of name and tag",
      });
    }
    return new BoxError(
      "registry-failed",
      `registry ${host} answers ${what} with status ${statusCode}${tail}`,
    );
  }

  return {
    host,
    origin,
    place,
    send,
    retried: (what, attempt) => retrying(attempt, { what, host, limits, signal }),
    close: async () => {
      const { connections } = (await opened?.catch(() => undefined)) ?? {};
      await connections?.close();
    },
  };
}
