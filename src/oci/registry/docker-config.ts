import { mkdir, readFile, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as z from "zod/mini";
import { BoxError, errnoOf } from "../../errors.js";
import { explainInLine } from "../../config/explain-issue.js";
import { writeFileAtomic } from "../../host/files.js";
import { quote } from "../../config/syntax/quote.js";
import type { Home } from "../../host/home.js";

const Auth = z.looseObject({
  /** Base64 of `USER:PASSWORD`. */
  auth: z.optional(z.string()),
  username: z.optional(z.string()),
  password: z.optional(z.string()),
  identitytoken: z.optional(z.string()),
});

/** NAME of the program `docker-credential-NAME`. */
const HelperName = z.string().check(z.refine((name) => /^[\w.-]*$/.test(name), "is not a valid helper name"));

const DockerConfig = z.looseObject({
  auths: z.nullish(z.record(z.string(), Auth)),
  credsStore: z.nullish(HelperName),
  credHelpers: z.nullish(z.record(z.string(), HelperName)),
});
/** The part of Docker's `config.json` that box uses; everything else is preserved. */
export type DockerConfig = z.infer<typeof DockerConfig>;

/** Returns `$DOCKER_CONFIG/config.json`, or `~/.docker/config.json` if that is not set. */
export function dockerConfigFile(home: Home): string {
  const { DOCKER_CONFIG } = home.env;
  return join(DOCKER_CONFIG || join(homedir(), ".docker"), "config.json");
}

/**
 * Reads Docker's configuration; a missing file is an empty configuration.
 * @throws BoxError invalid-docker-config
 */
export async function readDockerConfig(home: Home): Promise<DockerConfig> {
  const path = dockerConfigFile(home);
  // The text is not quoted, because it contains secrets.
  const refuse = (reason: string) =>
    new BoxError("invalid-docker-config", `${quote(path)} ${reason}`, {
      hint: "it stores registry logins; fix it, or set DOCKER_CONFIG to another directory",
    });
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return {};
    throw refuse(`cannot be read: ${errnoOf(error) ?? String(error)}`);
  }
  if (text.trim() === "") return {};
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refuse("is not valid JSON");
  }
  const result = z.safeParse(DockerConfig, json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  // Without the value, which may be a secret.
  throw refuse(
    issue ? `is invalid: ${explainInLine(undefined, issue, "it").replace(": ", " ")}` : "is invalid",
  );
}

/**
 * Replaces Docker's configuration; only its owner can read it. If it is a symbolic link, the link's target is replaced.
 * @throws BoxError docker-config-unwritable
 */
export async function writeDockerConfig(home: Home, config: DockerConfig): Promise<void> {
  const path = dockerConfigFile(home);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const target = await realpath(path).catch(() => path);
    await writeFileAtomic(target, `${JSON.stringify(config, undefined, "\t")}\n`);
  } catch (error) {
    throw new BoxError(
      "docker-config-unwritable",
      `${quote(path)} cannot be written: ${errnoOf(error) ?? String(error)}`,
      { hint: "set DOCKER_CONFIG to store it in another directory", cause: error },
    );
  }
}
