import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { BoxError } from "../../errors.js";
import type { Capability } from "../../config/syntax/capability.js";
import { DEFAULT_CAPABILITIES } from "../box/resolve/capabilities.js";
import type { RuntimeFiles } from "../runtime-files.js";

/** Origin of a box's filter. The default one, for the default capabilities, is compiled by the build. */
export type SeccompFilter = { kind: "none" } | { kind: "default" } | { kind: "own"; filter: Buffer };

/** @throws BoxError seccomp-failed */
function compile({ seccompCompiler }: RuntimeFiles, rules: string, capabilities: string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { encoding: "buffer", maxBuffer: 2 ** 20 } as const;
    const child = execFile(seccompCompiler, capabilities, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const [reason = ""] = stderr.toString().split("\n");
      reject(
        new BoxError("seccomp-failed", `cannot compile the seccomp profile: ${reason}`, {
          subject: "securityOpt",
          cause: error,
        }),
      );
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(rules);
  });
}

function isDefault(capabilities: readonly Capability[]): boolean {
  return (
    capabilities.length === DEFAULT_CAPABILITIES.length &&
    DEFAULT_CAPABILITIES.every((name) => capabilities.includes(name))
  );
}

/**
 * Returns the filter for a box's programs.
 * @param profile `default`, `unconfined` or the path of a profile in JSON
 * @throws BoxError invalid-seccomp, seccomp-failed
 */
export async function seccompFilter(
  runtimeFiles: RuntimeFiles,
  profile: string,
  capabilities: readonly Capability[],
): Promise<SeccompFilter> {
  if (profile === "unconfined") return { kind: "none" };
  if (profile === "default" && isDefault(capabilities)) return { kind: "default" };
  const names = capabilities.map((name) => name.slice("CAP_".length));
  if (profile === "default") {
    return {
      kind: "own",
      filter: await compile(runtimeFiles, await readFile(runtimeFiles.seccompRules, "utf8"), names),
    };
  }
  const text = await readFile(profile, "utf8").catch((error: unknown) => {
    throw new BoxError("invalid-seccomp", `cannot read the seccomp profile ${profile}`, {
      subject: "securityOpt",
      cause: error,
    });
  });
  // Custom profiles are rare, and loading the schema takes longer than parsing most boxes' flags.
  const { profileToRules } = await import("./profile.js");
  return { kind: "own", filter: await compile(runtimeFiles, profileToRules(text, profile), names) };
}
