import type { Box } from "../../engine/boxes.js";
import {
  embedded,
  int,
  list,
  map,
  nilPointer,
  pointer,
  sentOnly,
  strings,
  struct,
  typedOnly,
} from "../go/make.js";
import { pointerTo, STRING, structType } from "../go/type.js";
import type { Value } from "../go/value.js";
import { networkName } from "./network.js";
import { portMap } from "./ports-map.js";

const ENDPOINT = structType("network.EndpointSettings");
const ADDRESS = pointerTo(structType("network.Address"));

/** Where a box is on its network: empty while it is not running, and on networks that it shares with no other box. */
interface Place {
  address: string;
  prefix: number;
}

/** All named networks have this size. */
const PREFIX = 24;

function placeOf({ state }: Box): Place {
  const address = state.status === "running" ? (state.address ?? "") : "";
  return { address, prefix: address === "" ? 0 : PREFIX };
}

function endpoint({ address, prefix }: Place): Value {
  return pointer(
    struct(ENDPOINT.name, {
      IPAMConfig: nilPointer("network.EndpointIPAMConfig"),
      Links: list(STRING),
      Aliases: list(STRING),
      MacAddress: typedOnly(""),
      DriverOpts: typedOnly(strings()),
      GwPriority: typedOnly(int(0)),
      NetworkID: "",
      EndpointID: "",
      Gateway: "",
      IPAddress: address,
      IPPrefixLen: int(prefix),
      IPv6Gateway: "",
      GlobalIPv6Address: "",
      GlobalIPv6PrefixLen: int(0),
      "MacAddress:sent": sentOnly(""),
      "DriverOpts:sent": sentOnly(strings()),
      DNSNames: typedOnly(list(STRING)),
    }),
  );
}

/** Docker's `container.NetworkSettings`. @param exposed ports such as `80/tcp`, published or not */
export function networkSettings(box: Box, exposed: readonly string[]): Value {
  const { record, state } = box;
  const isUp = state.status === "running";
  const place = placeOf(box);
  const published = record.ports.map(({ address, hostPort, guestPort, protocol }) => ({
    port: `${guestPort}/${protocol}`,
    hostIp: address === "" ? "0.0.0.0" : address,
    hostPort: String(hostPort),
  }));
  const ports = isUp ? portMap(published, exposed) : portMap([]);
  return struct("container.NetworkSettings", {
    NetworkSettingsBase: embedded(
      struct("container.NetworkSettingsBase", {
        Bridge: "",
        SandboxID: "",
        SandboxKey: typedOnly(""),
        Ports: typedOnly(ports),
        HairpinMode: false,
        LinkLocalIPv6Address: "",
        LinkLocalIPv6PrefixLen: int(0),
        "Ports:sent": sentOnly(ports),
        "SandboxKey:sent": sentOnly(""),
        SecondaryIPAddresses: list(ADDRESS),
        SecondaryIPv6Addresses: list(ADDRESS),
      }),
    ),
    DefaultNetworkSettings: embedded(
      struct("container.DefaultNetworkSettings", {
        EndpointID: "",
        Gateway: "",
        GlobalIPv6Address: "",
        GlobalIPv6PrefixLen: int(0),
        IPAddress: place.address,
        IPPrefixLen: int(place.prefix),
        IPv6Gateway: "",
        MacAddress: "",
      }),
    ),
    Networks: map(STRING, pointerTo(ENDPOINT), { [networkName(record.config.network)]: endpoint(place) }),
  });
}
