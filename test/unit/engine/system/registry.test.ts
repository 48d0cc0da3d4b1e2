import { expect, it } from "vitest";
import { parseRegistry } from "../../../../src/engine/system/registry.js";

it.each([
  [undefined, "docker.io"],
  ["docker.io", "docker.io"],
  ["https://index.docker.io/v1/", "docker.io"],
  ["GHCR.io", "ghcr.io"],
  ["http://localhost:5000/", "localhost:5000"],
  ["localhost", "localhost"],
  ["[::1]:5000", "[::1]:5000"],
])("resolves SERVER %j to registry %s", (text, domain) => {
  expect(parseRegistry(text)).toBe(domain);
});
it.each(["/", "myhost", "a b.c", "ghcr.io:99999", "ftp://x.y", "-.x"])("refuses SERVER %j", (text) => {
  expect(() => parseRegistry(text)).toThrow(/is not a registry host/);
});
