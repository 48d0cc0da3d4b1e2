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
  /** False if the registry requires no login, so the credentials could not be verified. */
  checked: boolean;
  /** File in which the credentials are stored unencrypted. */
  unencryptedIn?: string;
}

const never = () => new AbortController().signal;

/**
 * Verifies a login with its registry, and stores it as Docker's configuration says.
 * @param registry as returned by `parseRegistry`
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

/** Returns the user name of the stored login for a registry. @throws as `findCredential` */
export async function keptLogin({ home }: Context, registry: string): Promise<string | undefined> {
  return (await findCredential(home, registry))?.username;
}

/** Verifies the stored login with the registry. @throws as `tryLogin`; BoxError login-refused */
export async function tryKeptLogin(
  { home }: Context,
  registry: string,
  { signal = never() }: LoginOptions = {},
): Promise<void> {
  const kept = await findCredential(home, registry, signal);
  if (!kept) throw new BoxError("login-refused", `not logged in to ${registry}`);
  await tryLogin(home, registry, kept, signal);
}

/** Deletes a login. @returns whether there was one @throws as `removeCredential` */
export async function logout({ home }: Context, registry: string): Promise<boolean> {
  return removeCredential(home, registry);
}
