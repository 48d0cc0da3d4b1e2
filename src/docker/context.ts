import { BoxError } from "../errors.js";
import { quote } from "../config/syntax/quote.js";
import { fromPlain } from "./go/plain.js";
import type { Value } from "./go/value.js";

/** The row of Docker's default context in `context ls`. */
export const DEFAULT_CONTEXT = {
  Current: true,
  Description: "Current DOCKER_HOST based configuration",
  DockerEndpoint: "unix:///var/run/docker.sock",
  Error: "",
  Name: "default",
} as const;

/** @throws BoxError usage if it is not the default context, which is the only one */
export function checkContext(name: string): void {
  if (name === DEFAULT_CONTEXT.Name) return;
  throw new BoxError("usage", `context ${quote(name)}: context not found`, {
    hint: `box has no daemon and one context: ${DEFAULT_CONTEXT.Name}`,
  });
}

/** A context in Docker's format of `context inspect`. */
export function describeContext(name: string): Value {
  return fromPlain({
    Name: name,
    Metadata: {},
    Endpoints: { docker: { Host: DEFAULT_CONTEXT.DockerEndpoint, SkipTLSVerify: false } },
    TLSMaterial: {},
    Storage: { MetadataPath: "<IN MEMORY>", TLSPath: "<IN MEMORY>" },
  });
}
