import * as z from "zod/mini";
import { callerEnvironment } from "../../host/caller-environment.js";
import { BoxError } from "../../errors.js";
import { printable } from "./transport.js";
import type { Home } from "../../host/home.js";

const Answer = z.object({ Username: z.string(), Secret: z.string() });
export type HelperAnswer = z.infer<typeof Answer>;

/** Printed by every helper that has no credentials for a server. */
const NOT_FOUND = "credentials not found";
/** A helper may ask its user to unlock the keyring, but not forever. */
const TIMEOUT_MS = 120_000;

/**
 * Runs `docker-credential-NAME ACTION` (docker/docker-credential-helpers). Its input and output go through stdin and
 * stdout, never through arguments.
 * @returns its output; undefined if it has no credentials for the server
 * @param signal kills the helper
 * @throws BoxError credential-helper-failed; the signal's reason
 */
async function run(
  home: Home,
  name: string,
  action: "get" | "store" | "erase",
  input: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { execa } = await import("execa");
  const program = `docker-credential-${name}`;
  const result = await execa(program, [action], {
    input,
    reject: false,
    timeout: TIMEOUT_MS,
    stderr: "ignore",
    // It is the user's program, and may be a Node program itself.
    env: callerEnvironment(home.env),
    extendEnv: false,
    ...(signal ? { cancelSignal: signal } : {}),
  });
  signal?.throwIfAborted();
  if (!result.failed) return result.stdout;
  const message = printable(result.stdout);
  if (message.startsWith(NOT_FOUND)) return undefined;
  // Helpers report errors on stdout. After `store` it is not shown: a helper that echoes its input would leak the secret.
  const reason =
    result.code === "ENOENT"
      ? "it is not installed"
      : result.timedOut
        ? "it timed out"
        : (action !== "store" && message) ||
          `it exited with ${result.exitCode ?? result.signal ?? "an error"}`;
  throw new BoxError("credential-helper-failed", `${program} ${action} failed: ${reason}`, {
    hint: "it is configured by credsStore or credHelpers in Docker's config.json (docs/registries.md)",
  });
}

/** Asks a helper for a server's credentials. @throws BoxError credential-helper-failed */
export async function getFromHelper(
  home: Home,
  name: string,
  server: string,
  signal?: AbortSignal,
): Promise<HelperAnswer | undefined> {
  const output = await run(home, name, "get", server, signal);
  if (output === undefined) return undefined;
  try {
    return z.parse(Answer, JSON.parse(output));
  } catch {
    throw new BoxError("credential-helper-failed", `docker-credential-${name} get returned malformed data`, {
      hint: "box supports the protocol of docker/docker-credential-helpers",
    });
  }
}

/** @throws BoxError credential-helper-failed */
export async function storeInHelper(
  home: Home,
  name: string,
  server: string,
  answer: HelperAnswer,
  signal?: AbortSignal,
): Promise<void> {
  await run(home, name, "store", JSON.stringify({ ServerURL: server, ...answer }), signal);
}

/** @throws BoxError credential-helper-failed */
export async function eraseFromHelper(home: Home, name: string, server: string): Promise<void> {
  await run(home, name, "erase", server);
}
