import { keyed, list, map, struct, type Plain } from "../go/make.js";
import { mapOf, named, sliceOf, structType } from "../go/type.js";
import type { Value } from "../go/value.js";
import { PORT } from "./types.js";

const BINDING = structType("nat.PortBinding");
const BINDINGS = sliceOf(BINDING);
const PORT_MAP = named("nat.PortMap", mapOf(PORT, BINDINGS));

export interface HostPort {
  /** Such as `80/tcp`. */
  port: string;
  hostIp: string;
  hostPort: string;
}

/**
 * A `nat.PortMap`: ports of the box, each with its host ports.
 * @param exposed ports that are in the map even if they have no host port
 */
export function portMap(published: readonly HostPort[], exposed: readonly string[] = []): Value {
  const entries: Record<string, Plain> = {};
  for (const port of exposed) entries[port] = list(BINDING, undefined, BINDINGS);
  for (const port of new Set(published.map((each) => each.port))) {
    const bindings = published.filter((each) => each.port === port);
    entries[port] = list(
      BINDING,
      bindings.map(({ hostIp, hostPort }) =>
        struct(BINDING.name, { HostIP: keyed("HostIp", hostIp), HostPort: hostPort }),
      ),
      BINDINGS,
    );
  }
  return map(PORT, BINDINGS, entries, PORT_MAP);
}
