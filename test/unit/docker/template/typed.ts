import {
  embedded,
  int,
  keyed,
  literal,
  list,
  map,
  nilPointer,
  of,
  omitEmpty,
  pointer,
  set,
  struct,
} from "../../../../src/docker/go/make.js";
import { time } from "../../../../src/docker/go/time.js";
import {
  ANY,
  INT,
  INT64,
  mapOf,
  named,
  pointerTo,
  sliceOf,
  STRING,
  structType,
  UINT16,
} from "../../../../src/docker/go/type.js";
import type { Value } from "../../../../src/docker/go/value.js";

const PORT = named("Port", STRING);
const BINDING = structType("Binding");
const RESULT = structType("Result");

const binding = (host: string, port: string) => struct("Binding", { HostIp: host, HostPort: port });

/** The value that record.go applies templates to. */
export function object(): Value {
  const when = time("2024-02-29T13:04:05.06Z");
  const results = [pointer(struct("Result", { Start: when, ExitCode: 1 })), nilPointer("Result")];
  const health = struct("Health", { Status: "healthy", Log: list(pointerTo(RESULT), results) });
  const state = struct("State", { Status: "running", Running: true, Pid: 42, Health: pointer(health) });
  const size: Value = { kind: "pointer", type: pointerTo(INT64), to: int(12, INT64) };
  const base = struct("Base", { ID: keyed("Id", "abc"), State: pointer(state), Size: omitEmpty(size) });
  const ports = {
    "80/tcp": list(BINDING, [binding("0.0.0.0", "8080"), binding("::", "8080")]),
    "53/udp": list(BINDING),
  };
  const mixed = [
    1,
    "a",
    undefined,
    2.5,
    true,
    ["x"],
    map(STRING, ANY, { k: of(1e6, { name: "float64", kind: "float" }) }),
  ];
  return pointer(
    struct("Object", {
      Base: embedded(pointer(base)),
      Name: "/web",
      Labels: map(STRING, STRING, { b: "2", a: "1", "com.x/y": "z" }),
      NoLabels: map(STRING, STRING),
      Env: ["A=1", "B=two words"],
      NoEnv: list(STRING),
      Ports: map(PORT, sliceOf(BINDING), ports, mapOf(PORT, sliceOf(BINDING))),
      Exposed: set(["80/tcp"], PORT),
      Bindings: list(BINDING, [binding("127.0.0.1", "1")]),
      Pointers: list(pointerTo(BINDING), [nilPointer("Binding")]),
      Nothing: nilPointer("State"),
      Any: of(binding("h", "p"), ANY),
      Nil: undefined,
      Mixed: list(ANY, mixed),
      Count: int(2 ** 40, INT64),
      Small: int(65535, UINT16),
      Ratio: of(1e6, { name: "float64", kind: "float" }),
      Level: int(3, named("Level", INT)),
      On: true,
      When: when,
      Numbers: map(STRING, INT, { x: 1, y: -2 }),
      Hidden: keyed("-", "h"),
      Empty: omitEmpty(""),
      None: omitEmpty(list(STRING)),
      Nested: binding("n", ""),
    }),
  );
}

/** A row of a list, all of whose columns are methods. */
export function row(): Value {
  const methods = {
    ID: { arity: 0, call: () => literal("abc") },
    Names: { arity: 0, call: () => literal("web") },
    Label: { arity: 1, call: (name = "") => literal(`<${name}>`) },
  };
  return pointer(struct("Row", {}, { methods }));
}
