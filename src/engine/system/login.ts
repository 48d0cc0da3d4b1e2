import {
  findCredential,
  removeCredential,
  saveCredential,
  type Credential,
} from "../../oci/registry/credentials.js";
import { dockerConfigFile } from "../../oci/registry/docker-config.js";
import { tryLogin } from "../../oci/registry/login.js";
import { BoxError } from "../../errors.js";
import type { Context } from "../context.js";

export interface LoginOptions {
  signal?: AbortSignal | undefined;
}

export interface LoggedIn {
  /** False when the registry asks nobody for a login: name and password were not checked. */
  checked: boolean;
  /** File in which the login lies unencrypted. */
  unencryptedIn?: string;
}

const never = () => new AbortController().signal;

/**
 * Tries a login at its registry, and keeps it where Docker's configuration says.
 * @param registry as `parseRegistry` has it
 * @throws as `tryLogin` and `saveCredential`
 */
export async function login(
  { home }: Context,
  registry: string,
  credential: Credential,
  { signal = never() }: LoginOptions = {},
): Promise<LoggedIn> {
  const accepted = await tryLogin(home, registry, credential, signal);
  const isPlain = await saveCredential(home, registry, accepted ?? credential, signal);
  return { checked: accepted !== undefined, ...(isPlain ? { unencryptedIn: dockerConfigFile(home) } : {}) };
}

/** Who is logged in at a registry, by the login that is kept. @throws as `findCredential` */
export async function keptLogin({ home }: Context, registry: string): Promise<string | undefined> {
  return (await findCredential(home, registry))?.username;
}

/** Tries the login that is kept. @throws as `tryLogin`; BoxError login-refused */
export async function tryKeptLogin(
  { home }: Context,
  registry: string,
  { signal = never() }: LoginOptions = {},
): Promise<void> {
  const kept = await findCredential(home, registry, signal);
  if (!kept) throw new BoxError("login-refused", `no login of ${registry} is kept`);
  await tryLogin(home, registry, kept, signal);
}

/** Forgets a login. @returns whether there was one. @throws as `removeCredential` */
export async function logout({ home }: Context, registry: string): Promise<boolean> {
  return removeCredential(home, registry);
}
