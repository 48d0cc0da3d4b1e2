import { hostPlatform } from "../../config/syntax/platform.js";
import {
  embedded,
  keyed,
  list,
  nilPointer,
  omitEmpty,
  pointer,
  strings,
  struct,
  type FieldPlain,
} from "../go/make.js";
import { STRING, structType } from "../go/type.js";
import type { Value } from "../go/value.js";

/** Version of Docker's API whose objects box prints. */
const API = "1.41";
const OLDEST_API = "1.12";

/** Fields of the client: box is client and engine in one. */
function clientFields(version: string): Record<string, FieldPlain> {
  const { os, architecture } = hostPlatform();
  return {
    Version: version,
    APIVersion: keyed("ApiVersion", API),
    DefaultAPIVersion: omitEmpty(API),
    GitCommit: "",
    GoVersion: "",
    Os: os,
    Arch: architecture,
    BuildTime: omitEmpty(""),
    Context: "default",
  };
}

function engineVersion(version: string, kernel: string): Value {
  const { os, architecture } = hostPlatform();
  const details = {
    ...{ ApiVersion: API, Arch: architecture, Experimental: "false", KernelVersion: kernel },
    ...{ MinAPIVersion: OLDEST_API, Os: os },
  };
  const component = structType("types.ComponentVersion");
  const engine = struct(component.name, {
    Name: "Engine",
    Version: version,
    Details: omitEmpty(strings(details)),
  });
  return struct("types.Version", {
    Platform: omitEmpty(struct("struct { Name string }", { Name: "" })),
    Components: omitEmpty(list(component, [engine])),
    Version: version,
    APIVersion: keyed("ApiVersion", API),
    MinAPIVersion: omitEmpty(OLDEST_API),
    GitCommit: "",
    GoVersion: "",
    Os: os,
    Arch: architecture,
    KernelVersion: omitEmpty(kernel),
    Experimental: omitEmpty(false),
    BuildTime: omitEmpty(""),
  });
}

/** The client in Docker's object of `docker info`. */
export function clientInfo(version: string): Value {
  return struct("system.clientInfo", {
    Debug: false,
    clientVersion: embedded(struct("system.clientVersion", clientFields(version))),
    Plugins: list(structType("manager.Plugin"), []),
    Warnings: list(STRING),
  });
}

/** Docker's object of `docker version`. @param kernel version of this host's kernel */
export function describeVersion(version: string, kernel: string): Value {
  return struct("system.versionInfo", {
    Client: struct("system.clientVersion", {
      Platform: omitEmpty(nilPointer("struct { Name string }")),
      ...clientFields(version),
    }),
    Server: pointer(engineVersion(version, kernel)),
  });
}

/** The lines of `docker version`, except for what only Docker has. */
export function versionLines(version: string): string[] {
  const { os, architecture } = hostPlatform();
  const platform = `${os}/${architecture}`;
  const client = { Version: version, "API version": API, "OS/Arch": platform, Context: "default" };
  const engine = {
    Version: version,
    "API version": `${API} (minimum version ${OLDEST_API})`,
    "OS/Arch": platform,
    Experimental: "false",
  };
  const lines = (indent: string, values: Record<string, string>) =>
    Object.entries(values).map(
      ([name, value]) => `${indent}${`${name}:`.padEnd(20 - indent.length)}${value}`,
    );
  return ["Client:", ...lines(" ", client), "", "Server:", " Engine:", ...lines("  ", engine)];
}
