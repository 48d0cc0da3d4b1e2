import type { BoxNetwork, InspectedBox } from "../../engine/boxes.js";
import {
  embedded,
  int,
  list,
  map,
  nilPointer,
  omitEmpty,
  pointer,
  sentOnly,
  strings,
  struct,
  typedOnly,
} from "../go/make.js";
import { pointerTo, STRING, structType } from "../go/type.js";
import type { Value } from "../go/value.js";
import { endpointId, placeOn, type Place } from "../networks/place.js";
import { networkNames } from "./network.js";
import { portMap } from "./ports-map.js";

const ENDPOINT = structType("network.EndpointSettings");
const ADDRESS = pointerTo(structType("network.Address"));

/** A box's place on a network. */
interface Endpoint {
  place: Place;
  /** Undefined for the box's own connection, and for a network that does not exist. */
  network?: BoxNetwork | undefined;
}

function splitAddress(text: string): { address: string; prefix: number } {
  const [address = "", prefix = "0"] = text.split("/");
  return { address, prefix: Number(prefix) };
}

/** The names by which other boxes of the network know it. */
function namesOf({ record }: InspectedBox, { aliases }: BoxNetwork): string[] {
  return [...new Set([record.name, ...aliases, record.id.slice(0, 12), record.guest.hostname])];
}

function endpoint(box: InspectedBox, { place, network }: Endpoint): Value {
  const { address, prefix } = splitAddress(place.address);
  const { id } = network ?? {};
  const isUp = box.state.status === "running";
  const links = box.record.options.link;
  const wanted = network?.address;
  return pointer(
    struct(ENDPOINT.name, {
      IPAMConfig:
        typeof wanted === "string"
          ? pointer(struct("network.EndpointIPAMConfig", { IPv4Address: omitEmpty(wanted) }))
          : nilPointer("network.EndpointIPAMConfig"),
      Links: list(STRING, network && links.length > 0 ? links : undefined),
      Aliases: list(STRING, network && network.aliases.length > 0 ? network.aliases : undefined),
      MacAddress: typedOnly(place.mac),
      DriverOpts: typedOnly(strings()),
      GwPriority: typedOnly(int(0)),
      NetworkID: box.state.status === "created" ? "" : (id ?? ""),
      EndpointID: isUp && id !== undefined ? endpointId(box.record.id, id) : "",
      Gateway: place.gateway,
      IPAddress: address,
      IPPrefixLen: int(prefix),
      IPv6Gateway: "",
      GlobalIPv6Address: "",
      GlobalIPv6PrefixLen: int(0),
      "MacAddress:sent": sentOnly(place.mac),
      "DriverOpts:sent": sentOnly(strings()),
      DNSNames: typedOnly(list(STRING, network ? namesOf(box, network) : undefined)),
    }),
  );
}

function endpoints(box: InspectedBox): Record<string, Value> {
  const found = networkNames(box).map((name): [string, Value] => {
    const network = box.networks.find((one) => one.network === name);
    return [name, endpoint(box, { place: placeOn(box, name), network })];
  });
  return Object.fromEntries(found);
}

/** Docker's `container.NetworkSettings`. @param exposed ports such as `80/tcp`, published or not */
export function networkSettings(box: InspectedBox, exposed: readonly string[]): Value {
  const { record, state } = box;
  const isUp = state.status === "running";
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
        // Of Docker's default network only, on which boxes have no address.
        IPAddress: "",
        IPPrefixLen: int(0),
        IPv6Gateway: "",
        MacAddress: "",
      }),
    ),
    Networks: map(STRING, pointerTo(ENDPOINT), endpoints(box)),
  });
}
