import type { Command } from "commander";
import { parseCapability } from "../../config/syntax/capability.js";
import { parseDevice } from "../../config/syntax/device.js";
import { parseSecurityOpt } from "../../config/syntax/security-opt.js";
import { parseSysctl } from "../../config/syntax/sysctl.js";
import { parseTee } from "../../config/syntax/tee.js";
import type { ConfigInput, OptionsInput } from "./merge.js";
import { checked, named } from "./parse.js";

export interface SecurityFlags {
  capAdd?: string[];
  capDrop?: string[];
  securityOpt?: string[];
  privileged?: boolean;
  readOnly?: boolean;
  device?: string[];
  sysctl?: string[];
  tee?: ConfigInput["tee"];
}

export function addSecurityFlags(command: Command): Command {
  return command
    .optionsGroup("Security:")
    .option("--cap-add <capability>", "give a capability, or ALL", checked("--cap-add", parseCapability))
    .option("--cap-drop <capability>", "take a capability, or ALL", checked("--cap-drop", parseCapability))
    .option(
      "--security-opt <option>",
      "seccomp=PROFILE.json or unconfined, no-new-privileges, systempaths=unconfined",
      checked("--security-opt", parseSecurityOpt),
    )
    .option("--privileged", "all capabilities, no seccomp filter, all devices of the guest")
    .option("--read-only", "root filesystem read-only; volumes and tmpfs stay writable")
    .option("--device <path[:path[:rwm]]>", "a device of the VM", checked("--device", parseDevice))
    .option("--sysctl <name=value>", "a setting of the guest's kernel", checked("--sysctl", parseSysctl))
    .option("--tee <kind[,name=value...]>", "confidential VM (not available yet)", named("--tee", parseTee));
}

export function toSecurity(
  flags: SecurityFlags,
): Pick<ConfigInput, "capAdd" | "capDrop" | "securityOpt" | "privileged" | "readOnly" | "tee"> {
  return {
    capAdd: flags.capAdd,
    capDrop: flags.capDrop,
    securityOpt: flags.securityOpt,
    privileged: flags.privileged,
    readOnly: flags.readOnly,
    tee: flags.tee,
  };
}

export function toSecurityOptions(flags: SecurityFlags): OptionsInput {
  const sysctls = new Map((flags.sysctl ?? []).map(parseSysctl));
  return { devices: flags.device, sysctls: [...sysctls] };
}
