import { execFileSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoxError } from "../../../../src/errors.js";
import { profileToRules } from "../../../../src/vm/seccomp/profile.js";

const COMPILER = join(import.meta.dirname, "../../../../dist/native/box-seccomp");
const compile = (rules: string, ...capabilities: string[]) =>
  execFileSync(COMPILER, capabilities, { input: rules, stdio: "pipe" });
const rules = (profile: object) => profileToRules(JSON.stringify(profile), "p.json").split("\n");

describe("profileToRules", () => {
  it("converts Docker's format to rules", () => {
    const profile = {
      defaultAction: "SCMP_ACT_ERRNO",
      defaultErrnoRet: 38,
      flags: ["SECCOMP_FILTER_FLAG_LOG"],
      archMap: [
        { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
        { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
      ],
      syscalls: [
        {
          names: ["read", "write"],
          action: "SCMP_ACT_ALLOW",
          args: [],
          comment: "",
          includes: {},
          excludes: {},
        },
        { name: "mount", action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_SYS_ADMIN"] }, args: null },
        {
          names: ["clone"],
          action: "SCMP_ACT_ALLOW",
          args: [{ index: 0, value: 2114060288, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
          excludes: { caps: ["CAP_SYS_ADMIN"], arches: ["s390", "s390x"] },
        },
        { names: ["ptrace"], action: "SCMP_ACT_ALLOW", includes: { minKernel: "4.8" } },
        { names: ["future"], action: "SCMP_ACT_ALLOW", includes: { minKernel: "7.0" } },
        { names: ["s390_call"], action: "SCMP_ACT_ALLOW", includes: { arches: ["s390x"] } },
        { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 },
        { names: ["keyctl"], action: "SCMP_ACT_ERRNO" },
      ],
    };
    expect(rules(profile)).toEqual([
      ...[
        "default errno:38",
        "arch x86_64 x86 x32",
        "flag log",
        "allow read write",
        "allow mount if SYS_ADMIN",
      ],
      "allow clone unless SYS_ADMIN when 0 &2114060288 == 0",
      ...["allow ptrace", "errno:38 clone3", "errno:1 keyctl", ""],
    ]);
    expect(compile(profileToRules(JSON.stringify(profile), "p"), "CHOWN").readUInt32LE(0)).toBe(2);
  });

  it.each([
    ["not JSON", "{"],
    ["without a default action", "{}"],
    ["with an unknown action", '{"defaultAction":"SCMP_ACT_NOTIFY"}'],
    ["with an unknown field", '{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/x"}'],
    [
      "with a newline in a name",
      '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["a\\nallow b"],"action":"SCMP_ACT_LOG"}]}',
    ],
    [
      "with a condition as a name",
      '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read","if","CHOWN"],"action":"SCMP_ACT_LOG"}]}',
    ],
  ])("refuses a profile %s", (_, text) => {
    expect(() => profileToRules(text, "p.json")).toThrow(/p\.json/);
  });

  it("throws nothing but BoxError, whatever the file contains", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          profileToRules(text, "p");
        } catch (error) {
          expect(error).toBeInstanceOf(BoxError);
        }
      }),
    );
  });
});

describe("box-seccomp", () => {
  it("compiles different filters for different capabilities", () => {
    const text = "default errno:1\narch x86_64\nallow read mount if SYS_ADMIN\nallow write fchmodat2\n";
    const [without, having] = [compile(text), compile(text, "SYS_ADMIN")];
    expect(without.equals(having)).toBe(false);
    for (const filter of [without, having]) expect((filter.length - 4) % 8).toBe(0);
  });

  it.each([
    ["", "no rules"],
    ["allow read\n", "default"],
    ["default nothing\n", "nothing"],
    ["default allow\nerrno:70000 read\n", "70000"],
    ["default allow\nkill read when 0 ~ 1\n", "~"],
    ["default allow\nkill read when 9 == 1\n", "9"],
    ["default allow\nkill read when 0 ==\n", "number"],
    ["default allow\nkill\n", "without a system call"],
    ["default allow\nkill read if\n", "capability"],
    ["default allow\narch vax\n", "vax"],
  ])("rejects %j, naming the fault", (text, named) => {
    expect(() => compile(text)).toThrow(named);
  });
});
