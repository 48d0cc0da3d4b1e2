import { join } from "node:path";
import { expect, it } from "vitest";
import { hostPath, hostReference } from "../../../src/cli/host-path.js";

const here = process.cwd();

it.each([
  ["file", join(here, "file")],
  ["./a/../b", join(here, "b")],
  ["..", join(here, "..")],
  [".", `${here}/.`],
  ["dir/.", `${join(here, "dir")}/.`],
  ["dir/", `${join(here, "dir")}/`],
  ["/", "/"],
  ["/.", "//."],
  ["/etc/", "/etc/"],
  ["/etc/passwd", "/etc/passwd"],
  ["a\0b", "a\0b"],
])("makes %j absolute: %j", (path, meant) => {
  expect(hostPath(path)).toBe(meant);
});

it.each([
  ["oci:layout:latest", `oci:${join(here, "layout")}:latest`],
  ["docker-archive:/a.tar", "docker-archive:/a.tar"],
  ["nginx:alpine", "nginx:alpine"],
  ["not a reference", "not a reference"],
])("makes the path in the reference %j absolute: %j", (reference, absolute) => {
  expect(hostReference(reference)).toBe(absolute);
});
