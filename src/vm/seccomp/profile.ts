/** Seccomp profiles in the format of Docker and of the OCI runtime specification. */
import * as z from "zod/mini";
import { BoxError } from "../../errors.js";

const ACTIONS: Record<string, string> = {
  SCMP_ACT_ALLOW: "allow",
  SCMP_ACT_LOG: "log",
  SCMP_ACT_TRAP: "trap",
  SCMP_ACT_KILL: "kill",
  SCMP_ACT_KILL_THREAD: "kill",
  SCMP_ACT_KILL_PROCESS: "kill-process",
  SCMP_ACT_ERRNO: "errno",
  SCMP_ACT_TRACE: "trace",
};
const OPERATORS: Record<string, string> = {
  SCMP_CMP_NE: "!=",
  SCMP_CMP_LT: "<",
  SCMP_CMP_LE: "<=",
  SCMP_CMP_EQ: "==",
  SCMP_CMP_GE: ">=",
  SCMP_CMP_GT: ">",
};
/** x86 architectures and their names in rules; others do not apply to this machine. */
const ARCHITECTURES: Record<string, string> = {
  SCMP_ARCH_X86_64: "x86_64",
  SCMP_ARCH_X86: "x86",
  SCMP_ARCH_X32: "x32",
};
const FLAGS: Record<string, string> = {
  SECCOMP_FILTER_FLAG_LOG: "log",
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: "spec-allow",
};
const EPERM = 1;
/** Version of the guest kernel. */
const KERNEL = [6, 12] as const;
/** Names of this machine's architectures in `includes` and `excludes`. */
const MACHINES = ["amd64", "x32", "x86"];

const list = (item: z.ZodMiniType<string> = z.string()) => z._default(z.nullable(z.array(item)), null);
const word = () => z.string().check(z.regex(/^(?!(if|unless|when)$)[a-z0-9_]{1,64}$/));
const action = () => z.string().check(z.refine((name) => Object.hasOwn(ACTIONS, name)));
const errno = () => z.optional(z.int().check(z.minimum(0), z.maximum(4095)));
const argument = () => z.int().check(z.minimum(0));

const Condition = z._default(
  z.nullable(
    z.strictObject({
      caps: list(z.string().check(z.regex(/^CAP_[A-Z_]+$/))),
      arches: list(),
      minKernel: z.optional(z.string().check(z.regex(/^\d+\.\d+/))),
    }),
  ),
  null,
);

const Rule = z.strictObject({
  name: z.optional(word()),
  names: list(word()),
  action: action(),
  errnoRet: errno(),
  args: z._default(
    z.nullable(
      z.array(
        z.strictObject({
          index: z.int().check(z.minimum(0), z.maximum(5)),
          value: argument(),
          valueTwo: z._default(argument(), 0),
          op: z.string().check(z.refine((op) => Object.hasOwn(OPERATORS, op) || op === "SCMP_CMP_MASKED_EQ")),
        }),
      ),
    ),
    null,
  ),
  comment: z.optional(z.string()),
  includes: Condition,
  excludes: Condition,
});
type Rule = z.infer<typeof Rule>;

const Profile = z.strictObject({
  defaultAction: action(),
  defaultErrnoRet: errno(),
  flags: list(z.string().check(z.refine((flag) => Object.hasOwn(FLAGS, flag)))),
  architectures: list(),
  archMap: z._default(
    z.nullable(
      z.array(
        z.strictObject({
          architecture: z.string(),
          subArchitectures: z._default(z.nullable(z.array(z.string())), null),
        }),
      ),
    ),
    null,
  ),
  syscalls: z._default(z.nullable(z.array(Rule)), null),
});

function toAction(name: string, errnoRet: number | undefined): string {
  const word = ACTIONS[name] ?? "";
  return word === "errno" || word === "trace" ? `${word}:${errnoRet ?? EPERM}` : word;
}

function isKernelAtLeast(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return KERNEL[0] > major || (KERNEL[0] === major && KERNEL[1] >= minor);
}

/** Whether a rule applies to this machine. Its conditions on capabilities become part of its line. */
function applies({ includes, excludes }: Rule): boolean {
  const wanted = includes?.arches ?? [];
  if (wanted.length > 0 && !wanted.some((arch) => MACHINES.includes(arch))) return false;
  if (excludes?.arches?.includes("amd64")) return false;
  if (includes?.minKernel !== undefined && !isKernelAtLeast(includes.minKernel)) return false;
  return excludes?.minKernel === undefined || !isKernelAtLeast(excludes.minKernel);
}

function toLine(rule: Rule): string[] {
  const names = [...(rule.name === undefined ? [] : [rule.name]), ...(rule.names ?? [])];
  if (names.length === 0 || !applies(rule)) return [];
  const strip = (capability: string) => capability.slice("CAP_".length);
  const comparisons = (rule.args ?? []).map(({ index, value, valueTwo, op }) =>
    op === "SCMP_CMP_MASKED_EQ"
      ? `when ${index} &${value} == ${valueTwo}`
      : `when ${index} ${OPERATORS[op] ?? ""} ${value}`,
  );
  const line = [
    toAction(rule.action, rule.errnoRet),
    ...names,
    ...(rule.includes?.caps ?? []).map((name) => `if ${strip(name)}`),
    ...(rule.excludes?.caps ?? []).map((name) => `unless ${strip(name)}`),
    ...comparisons,
  ];
  return [line.join(" ")];
}

/** This machine's architecture and the other ones that the profile includes. */
function toArchitectures({ architectures, archMap }: z.infer<typeof Profile>): string[] {
  const mapped = (archMap ?? []).find(({ architecture }) => architecture === "SCMP_ARCH_X86_64");
  const named = [...(architectures ?? []), ...(mapped?.subArchitectures ?? [])];
  return ["x86_64", ...named.flatMap((name) => ARCHITECTURES[name] ?? [])];
}

function invalid(path: string, reason: string, cause?: unknown): BoxError {
  return new BoxError("invalid-seccomp", `the seccomp profile ${path} ${reason}`, {
    subject: "securityOpt",
    hint: "profiles are JSON in the format of Docker and the OCI runtime specification",
    cause,
  });
}

/**
 * Turns a profile in JSON into rules for box-seccomp (docs/security.md).
 * @param path used in error messages
 * @throws BoxError invalid-seccomp
 */
export function profileToRules(text: string, path: string): string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(path, "is not valid JSON", error);
  }
  const result = Profile.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw invalid(
      path,
      `is not valid at ${issue?.path.join(".") || "the top level"}: ${issue?.message ?? "?"}`,
    );
  }
  const profile = result.data;
  const flags = (profile.flags ?? []).flatMap((flag) => FLAGS[flag] ?? []);
  return [
    `default ${toAction(profile.defaultAction, profile.defaultErrnoRet)}`,
    `arch ${toArchitectures(profile).join(" ")}`,
    ...(flags.length > 0 ? [`flag ${flags.join(" ")}`] : []),
    ...(profile.syscalls ?? []).flatMap(toLine),
    "",
  ].join("\n");
}
