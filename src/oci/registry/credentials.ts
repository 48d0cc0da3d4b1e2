import { eraseFromHelper, getFromHelper, storeInHelper } from "./credential-helper.js";
import { readDockerConfig, writeDockerConfig, type DockerConfig } from "./docker-config.js";
import type { Home } from "../../host/home.js";

/** A user's credentials: a password, or a token that the registry issued for it. */
export type Credential =
  | { username: string; password: string }
  /** A refresh token (OAuth2); Docker's name for it is identity token. */
  | { username: string; identityToken: string };

/** Docker's key for Docker Hub, in files and helpers alike. */
const HUB_SERVER = "https://index.docker.io/v1/";
/** This username means that the secret is an identity token (docker-credential-helpers). */
const TOKEN_USER = "<token>";

/** Returns the key under which credentials for a registry are stored. */
export function serverOf(domain: string): string {
  return domain === "docker.io" ? HUB_SERVER : domain;
}

/** Older versions of Docker wrote URLs: `https://HOST/v1/`. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function helperOf({ credHelpers, credsStore }: DockerConfig, domain: string): string | undefined {
  return credHelpers?.[serverOf(domain)] ?? credHelpers?.[domain] ?? (credsStore || undefined);
}

function keysOf({ auths }: DockerConfig, domain: string): string[] {
  const server = serverOf(domain);
  const keys = Object.keys(auths ?? {});
  const exact = keys.filter((key) => key === server);
  return [...exact, ...keys.filter((key) => key !== server && hostOf(key) === hostOf(server))];
}

function toCredential(username: string, secret: string): Credential {
  return username === TOKEN_USER ? { username, identityToken: secret } : { username, password: secret };
}

function fromFile(config: DockerConfig, domain: string): Credential | undefined {
  for (const key of keysOf(config, domain)) {
    const { auth, username, password, identitytoken } = config.auths?.[key] ?? {};
    const decoded = auth ? Buffer.from(auth, "base64").toString("utf8") : "";
    const colon = decoded.indexOf(":");
    const name = colon > 0 ? decoded.slice(0, colon) : username;
    // Some versions of Docker ended the password with zeros.
    const secret = colon > 0 ? decoded.slice(colon + 1).replace(/\0+$/, "") : password;
    if (identitytoken) return { username: name ?? TOKEN_USER, identityToken: identitytoken };
    if (name && secret) return { username: name, password: secret };
  }
  return undefined;
}

/**
 * Returns the credentials for a registry from Docker's configuration.
 * @param domain as in references
 * @throws BoxError invalid-docker-config, credential-helper-failed
 */
export async function findCredential(
  home: Home,
  domain: string,
  signal?: AbortSignal,
): Promise<Credential | undefined> {
  const config = await readDockerConfig(home);
  const helper = helperOf(config, domain);
  if (helper === undefined) return fromFile(config, domain);
  const answer = await getFromHelper(home, helper, serverOf(domain), signal);
  if (answer) return toCredential(answer.Username, answer.Secret);
  return fromFile(config, domain);
}

function withoutKeys(config: DockerConfig, domain: string): NonNullable<DockerConfig["auths"]> {
  const keys = keysOf(config, domain);
  return Object.fromEntries(Object.entries(config.auths ?? {}).filter(([key]) => !keys.includes(key)));
}

/**
 * Stores credentials where Docker's configuration says: with a helper, or else in `config.json` itself.
 * @returns whether they are stored unencrypted
 * @throws BoxError invalid-docker-config, docker-config-unwritable, credential-helper-failed
 */
export async function saveCredential(
  home: Home,
  domain: string,
  credential: Credential,
  signal?: AbortSignal,
): Promise<boolean> {
  const config = await readDockerConfig(home);
  const helper = helperOf(config, domain);
  const server = serverOf(domain);
  if (helper !== undefined) {
    const token = "identityToken" in credential;
    const answer = {
      Username: token ? TOKEN_USER : credential.username,
      Secret: token ? credential.identityToken : credential.password,
    };
    await storeInHelper(home, helper, server, answer, signal);
    // Like Docker, add an empty entry for each server whose credentials are with the helper.
    await writeDockerConfig(home, { ...config, auths: { ...withoutKeys(config, domain), [server]: {} } });
    return false;
  }
  const encode = (text: string) => Buffer.from(text, "utf8").toString("base64");
  const entry =
    "identityToken" in credential
      ? { auth: encode(`${credential.username}:`), identitytoken: credential.identityToken }
      : { auth: encode(`${credential.username}:${credential.password}`) };
  await writeDockerConfig(home, { ...config, auths: { ...withoutKeys(config, domain), [server]: entry } });
  return true;
}

/**
 * Removes the credentials for a registry.
 * @returns whether there were any
 * @throws as saveCredential
 */
export async function removeCredential(home: Home, domain: string): Promise<boolean> {
  const config = await readDockerConfig(home);
  const helper = helperOf(config, domain);
  const server = serverOf(domain);
  let found = keysOf(config, domain).length > 0;
  if (found) await writeDockerConfig(home, { ...config, auths: withoutKeys(config, domain) });
  if (helper !== undefined && (await getFromHelper(home, helper, server))) {
    found = true;
    await eraseFromHelper(home, helper, server);
  }
  return found;
}
