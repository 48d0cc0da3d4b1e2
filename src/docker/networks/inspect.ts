import type { InspectedNetwork } from "../../engine/networks.js";
import {
  bool,
  keyed,
  list,
  map,
  omitEmpty,
  pointer,
  strings,
  struct,
  text,
  typedOnly,
  type FieldPlain,
} from "../go/make.js";
import { named, STRING, structType } from "../go/type.js";
import type { Value } from "../go/value.js";
import { nineDigits } from "../times.js";
import { endpointId, placeOn } from "./place.js";

const CONFIG = structType("network.IPAMConfig");
const ENDPOINT = structType("network.EndpointResource");

function ipam({ subnet, gateway, plainSubnet }: InspectedNetwork): Value {
  const config = struct(CONFIG.name, {
    Subnet: omitEmpty(subnet),
    IPRange: omitEmpty(""),
    Gateway: omitEmpty(plainSubnet ? "" : gateway),
    AuxAddress: keyed("AuxiliaryAddresses", omitEmpty(strings())),
  });
  return struct("network.IPAM", {
    Driver: "default",
    Options: strings({}),
    Config: list(CONFIG, subnet === "" ? [] : [config]),
  });
}

/** The boxes that are running on a network, by ID. */
function members(network: InspectedNetwork): Record<string, Value> {
  return Object.fromEntries(
    network.boxes.map((box) => {
      const { address, mac } = placeOn(box, network.name);
      const endpoint = struct(ENDPOINT.name, {
        Name: box.record.name,
        EndpointID: endpointId(box.record.id, network.id),
        MacAddress: mac,
        IPv4Address: address,
        IPv6Address: "",
      });
      return [box.record.id, endpoint];
    }),
  );
}

/** A network in the format of `docker network inspect`: `network.Inspect`. */
export function describeNetwork(network: InspectedNetwork): Value {
  const fields: Record<string, FieldPlain> = {
    Name: network.name,
    ID: keyed("Id", network.id),
    Created: text(nineDigits(network.createdAt), named("time.Time", STRING)),
    Scope: "local",
    Driver: network.driver,
    EnableIPv4: typedOnly(bool(network.driver === "bridge")),
    EnableIPv6: false,
    IPAM: ipam(network),
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: struct("network.ConfigReference", { Network: "" }),
    ConfigOnly: false,
    Containers: map(STRING, ENDPOINT, members(network)),
    Options: strings(network.options),
    Labels: strings(network.labels),
    Peers: omitEmpty(list(structType("network.PeerInfo"))),
    Services: omitEmpty(map(STRING, structType("network.ServiceInfo"))),
  };
  return pointer(struct("network.Inspect", fields));
}
