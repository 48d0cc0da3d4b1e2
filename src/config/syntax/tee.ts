import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** A confidential VM, as in BoxConfig. */
export type Tee =
  | { kind: "none" }
  | { kind: "sev_snp"; workloadId: string; generation: "milan" | "genoa"; simulate: boolean }
  | { kind: "tdx"; workloadId: string; simulate: boolean };

function invalid(text: string, reason: string): BoxError {
  return new BoxError("invalid-tee", `${quote(text)} ${reason}`, {
    hint: "write none, sev_snp,workload-id=ID,generation=milan|genoa[,simulate] or tdx,workload-id=ID[,simulate]",
  });
}

/**
 * Parses `--tee KIND[,NAME=VALUE…]`.
 * @throws BoxError invalid-tee
 */
export function parseTee(text: string): Tee {
  const [kind, ...rest] = text.split(",");
  const options = new Map<string, string>();
  for (const field of rest) {
    const [, name = "", value] = /^([a-z-]+)(?:=(.*))?$/s.exec(field) ?? [];
    if (!["workload-id", "generation", "simulate"].includes(name))
      throw invalid(text, `has an unknown option ${quote(field)}`);
    options.set(name, value ?? "true");
  }
  if (kind === "none" && options.size === 0) return { kind };
  const workloadId = options.get("workload-id") ?? "";
  const generation = options.get("generation");
  const simulate = options.get("simulate") ?? "false";
  if (simulate !== "true" && simulate !== "false")
    throw invalid(text, "has an invalid value for simulate, which is true or false");
  if (kind !== "sev_snp" && kind !== "tdx") throw invalid(text, "is not a known kind of confidential VM");
  if (!/^[^\u0000-\u001f]+$/.test(workloadId) || workloadId === "true")
    throw invalid(text, "has no workload-id");
  if (kind === "tdx") {
    if (generation !== undefined) throw invalid(text, "has generation, which applies to sev_snp only");
    return { kind, workloadId, simulate: simulate === "true" };
  }
  if (generation !== "milan" && generation !== "genoa") throw invalid(text, "has no valid generation");
  return { kind, workloadId, generation, simulate: simulate === "true" };
}

/** The canonical notation; `parseTee(formatTee(t))` gives `t`. */
export function formatTee(tee: Tee): string {
  if (tee.kind === "none") return "none";
  const generation = tee.kind === "sev_snp" ? `,generation=${tee.generation}` : "";
  return `${tee.kind},workload-id=${tee.workloadId}${generation}${tee.simulate ? ",simulate" : ""}`;
}
