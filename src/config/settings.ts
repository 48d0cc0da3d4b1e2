import { readFile } from "node:fs/promises";
import * as z from "zod/mini";
import { BoxError, errnoOf } from "../errors.js";
import { mistakeIn, parseDocument } from "./parse-document.js";
import { reasonOf } from "../host/reason.js";
import { settingsFile } from "../host/home.js";
import { quote } from "./syntax/quote.js";
import { explainHost } from "./syntax/registry-host.js";
import type { Home } from "../host/home.js";

const Path = z.string().check(z.refine((path) => path.startsWith("/"), "is not an absolute path"));

/** Settings for one registry, keyed by its host as in references: `docker.io`, `127.0.0.1:5000`. */
const Registry = z.strictObject({
  /** Hosts or URLs to try first, in order. */
  mirrors: z.optional(z.array(z.string())),
  /** Allows plain HTTP and untrusted certificates. */
  insecure: z.optional(z.boolean()),
  /** PEM files: additional certificate authorities, client certificate and client key. */
  ca: z.optional(Path),
  cert: z.optional(Path),
  key: z.optional(Path),
});
export type RegistrySettings = z.infer<typeof Registry>;

const Settings = z.strictObject({
  cache: z.optional(
    z.strictObject({
      cacheDir: z.optional(Path),
      maxRootfsEntries: z.optional(z.int().check(z.minimum(1))),
      maxCacheBytes: z.optional(z.int().check(z.minimum(0))),
    }),
  ),
  registries: z.optional(z.record(z.string(), Registry)),
  /** Path of the signature policy. */
  policy: z.optional(Path),
  /** Same notation as `--detach-keys`. */
  detachKeys: z.optional(z.string()),
  /** Whether VMs may start from templates. */
  templates: z.optional(z.boolean()),
});
export type Settings = z.infer<typeof Settings>;

/** The host of a mirror; it need not be one that a reference can contain. */
function mirrorHost(mirror: string): string | undefined {
  const url = mirror.includes("://") ? mirror : `https://${mirror}`;
  return URL.canParse(url) ? new URL(url).host : undefined;
}

/** Reports an entry that matches neither a registry nor a mirror and would silently have no effect. */
function explainRegistries(registries: NonNullable<Settings["registries"]>): string | undefined {
  const mirrors = new Set(
    Object.values(registries)
      .flatMap((one) => one.mirrors ?? [])
      .map(mirrorHost),
  );
  for (const host of Object.keys(registries)) {
    const mistake = mirrors.has(host) ? undefined : explainHost(host);
    if (mistake !== undefined) return `registries: ${quote(host)} ${mistake}`;
  }
  return undefined;
}

/**
 * Reads the user's settings (docs/settings.md), which apply to all boxes; empty if there is no file.
 * @throws BoxError invalid-settings
 */
export async function readSettings(home: Home): Promise<Settings> {
  const path = settingsFile(home);
  const refuse = (message: string, cause: unknown) =>
    new BoxError("invalid-settings", `${quote(path)}: ${message}`, { cause, hint: "see docs/settings.md" });
  let content: unknown;
  try {
    content = await parseDocument(await readFile(path, "utf8"));
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return {};
    if (errnoOf(error) !== undefined && error instanceof Error && "syscall" in error)
      throw refuse(`cannot be read: ${reasonOf(error)}`, error);
    throw refuse(mistakeIn(error), error);
  }
  const result = z.safeParse(Settings, content ?? {});
  if (result.success) {
    const mistake = explainRegistries(result.data.registries ?? {});
    if (mistake !== undefined) throw refuse(mistake, undefined);
    return result.data;
  }
  const { explainInLine } = await import("./explain-issue.js");
  const [issue] = result.error.issues;
  if (issue?.code === "unrecognized_keys") {
    const place = issue.path.length === 0 ? "" : ` in ${issue.path.map(String).join(".")}`;
    throw refuse(`unknown key ${issue.keys.map((key) => quote(key)).join(", ")}${place}`, result.error);
  }
  throw refuse(issue ? explainInLine(content, issue, "the file") : "is not valid", result.error);
}
