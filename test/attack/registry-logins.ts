import type { IncomingMessage } from "node:http";
import type { ServerOptions } from "node:https";
import { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { RegistrySettings } from "../../src/config/settings.js";
import { parseReference } from "../../src/config/syntax/reference.js";
import { openRepository, type RemoteRepository } from "../../src/oci/registry/client.js";
import { registryEndpoint } from "../../src/oci/registry/endpoint.js";
import { openSession, type Session } from "../../src/oci/registry/session.js";
import { makeCertificates, type Certificates } from "../registry/certificates.js";
import { uploadBlob } from "../../src/oci/registry/upload.js";
import { makeImage, makeTar } from "../registry/image.js";
import { startScripted, type Fault, type ScriptedRegistry } from "../registry/scripted.js";
import { ANN, createUser, type TestUser } from "../registry/user.js";
import { currentHome } from "../unit/current.js";

export const image = makeImage([makeTar({ hello: "world" })]);
const [first] = image.layers;
if (!first) throw new Error("no layer");
export const layer = first;
export const { signal } = new AbortController();
export const LIMITS = { stallMs: 30_000, attempts: 2, backoffMs: 1 };
export const base64 = (text: string) => Buffer.from(text).toString("base64");
export const BASIC = `Basic ${base64(`${ANN.username}:${ANN.password}`)}`;
const IDENTITY = "identity-token-of-ann";
const TOKEN = "token-of-ann";
/** Nobody but the registry and its token server may see any of these, in any form. */
const SECRETS = [base64(`${ANN.username}:${ANN.password}`), ANN.password, IDENTITY, TOKEN, "account="];

let keys: TestUser;
export let certificates: Certificates;
export let user: TestUser;
export const cleanups: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  keys = await createUser();
  certificates = await makeCertificates(keys.folder);
});
afterAll(() => keys.remove());
beforeEach(async () => {
  user = await createUser();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await user.remove();
});

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

export interface Stranger {
  host: string;
  url: string;
  /** Everything that was sent to it. */
  heard: string[];
  certificates: object[];
}

/** Starts a server other than the registry, which demands a login for everything and records what it receives. */
export async function startStranger(
  challenge: (url: string) => string,
  tls?: ServerOptions,
): Promise<Stranger> {
  const heard: string[] = [];
  const shown: object[] = [];
  const scheme = tls ? "https" : "http";
  const server = await startScripted(
    {},
    async (request, response) => {
      const { method = "", url = "", headers, socket } = request;
      if (socket instanceof TLSSocket) shown.push(socket.getPeerCertificate());
      heard.push(`${method} ${url} ${JSON.stringify(headers)} ${await readAll(request)}`);
      if (url.startsWith("/token")) response.end('{"token":"stolen"}');
      else {
        const wanted = challenge(`${scheme}://${headers.host ?? ""}`);
        response.writeHead(401, { "www-authenticate": wanted }).end();
      }
      return true;
    },
    tls,
  );
  cleanups.push(server.stop);
  return { host: server.host, url: `${scheme}://${server.host}`, heard, certificates: shown };
}

export function expectNoSecret({ heard }: Stranger): void {
  expect(heard.filter((text) => /authorization/i.test(text))).toEqual([]);
  expect(heard.filter((text) => SECRETS.some((secret) => text.includes(secret)))).toEqual([]);
  expect(heard.filter((text) => text.includes("/token"))).toEqual([]);
}

/** How a registry asks for a login, and how it identifies the user. */
export const ASKS = [
  "never",
  "by password",
  "by token for a password",
  "by token for an identity token",
] as const;
type Asks = (typeof ASKS)[number];

/** A registry that Ann can log in to. It redirects what `leads` handles and serves the rest. */
export async function startOwn(asks: Asks, leads: Fault, tls?: ServerOptions): Promise<ScriptedRegistry> {
  const scheme = tls ? "https" : "http";
  const registry = await startScripted(
    { latest: image },
    async (request, response) => {
      const { url = "", headers } = request;
      if (url.startsWith("/token")) {
        if (await leads(request, response)) return true;
        const form = await readAll(request);
        const known = headers.authorization === BASIC || form.includes(IDENTITY);
        if (known) response.end(JSON.stringify({ token: TOKEN }));
        else response.writeHead(401).end();
        return true;
      }
      const expected = asks === "never" ? undefined : asks === "by password" ? BASIC : `Bearer ${TOKEN}`;
      if (expected !== undefined && headers.authorization !== expected) {
        const challenge =
          asks === "by password"
            ? 'Basic realm="own"'
            : `Bearer realm="${scheme}://${headers.host ?? ""}/token",service="own"`;
        request.resume();
        response.writeHead(401, { "www-authenticate": challenge }).end();
        return true;
      }
      return leads(request, response);
    },
    tls,
  );
  cleanups.push(registry.stop);
  const login =
    asks === "by token for an identity token"
      ? { auth: base64(`${ANN.username}:`), identitytoken: IDENTITY }
      : { auth: base64(`${ANN.username}:${ANN.password}`) };
  await user.dockerConfig({ auths: { [registry.host]: login } });
  return registry;
}

export function open(host: string): RemoteRepository {
  const repository = openRepository(currentHome(), parseReference(`${host}/team/app`), signal, LIMITS);
  cleanups.push(repository.close);
  return repository;
}

export function openToPush(host: string, settings: RegistrySettings = {}): Session {
  const session = openSession(currentHome(), registryEndpoint(host, { [host]: settings }), {
    path: "team/app",
    access: "push",
    sources: ["team/base"],
    signal,
    limits: LIMITS,
  });
  cleanups.push(session.close);
  return session;
}

export async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function upload(session: Session, data: Buffer): Promise<unknown> {
  return uploadBlob({ session, what: "a layer", limits: LIMITS, signal }, async function* () {
    await Promise.resolve();
    yield data;
  });
}

/** Redirects all requests to another server, except for tokens. */
export const leadTo =
  (to: () => string, status: number): Fault =>
  (request, response) => {
    if (request.url?.startsWith("/token")) return false;
    request.resume();
    response.writeHead(status, { location: `${to()}${request.url ?? ""}` }).end();
    return true;
  };
