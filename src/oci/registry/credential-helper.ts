import * as z from "zod/mini";
import { callerEnvironment } from "../../host/caller-environment.js";
import { BoxError } from "../../errors.js";
import { printable } from "./transport.js";
import type { Home } from "../../host/home.js";

const Answer = z.object({ Username: z.string(), Secret: z.string() });
export type HelperAnswer = z.infer<typeof Answer>;

/** What every helper prints when it has nothing under a server. */
const NOT_FOUND = "credentials not found";
/** A helper may ask its user for the key ring's password, but not for ever. */
const TIMEOUT_MS = 120_000;

/**
 * Runs `docker-credential-NAME ACTION` (docker/docker-credential-helpers): what it is to know goes through its stdin
 * and what it knows comes through its stdout, never an argument.
 * @returns its output; undefined when it has nothing for the server.
 * @param signal ends the helper
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
    // It is the user's program, and may itself be one of Node's.
    env: callerEnvironment(home.env),
    extendEnv: false,
    ...(signal ? { cancelSignal: signal } : {}),
  });
  signal?.throwIfAborted();
  if (!result.failed) return result.stdout;
  const said = printable(result.stdout);
  if (said.startsWith(NOT_FOUND)) return undefined;
  // Errors are on stdout. After `store` it is not shown: a helper that repeats its input would give the secret away.
  const reason =
    result.code === "ENOENT"
      ? "it is not installed"
      : result.timedOut
        ? "it does not answer"
        : (action !== "store" && said) || `it exits with ${result.exitCode ?? result.signal ?? "an error"}`;
  throw new BoxError("credential-helper-failed", `${program} ${action} failed: ${reason}`, {
    hint: "credsStore and credHelpers in Docker's config.json name it (docs/registries.md)",
  });
}

/** What a helper keeps for a server. @throws BoxError credential-helper-failed */
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
    throw new BoxError("credential-helper-failed", `docker-credential-${name} get answers no credentials`, {
      hint: "box expects what docker/docker-credential-helpers describes",
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
