import { expect, it } from "vitest";
import { toMounts } from "../../../src/config/spec/mounts.js";
import { formatTmpfs } from "../../../src/config/syntax/tmpfs.js";
import { resolveWords } from "./resolve.js";

it.each([
  ["--mount type=tmpfs,target=/x --mount type=tmpfs,target=/x/,tmpfs-size=1m", "/x"],
  ["--mount type=volume,target=/x --mount type=volume,target=/x", "/x"],
  ["--mount type=tmpfs,target=/x --mount type=volume,target=/x", "/x"],
])("as in Docker, one --mount does not replace another: %s", async (line, target) => {
  await expect(resolveWords([...line.split(" "), "x"])).rejects.toMatchObject({
    code: "duplicate-mount",
    message: `Duplicate mount point: ${target}`,
  });
});

it.each([
  ["--tmpfs /x --tmpfs /x:size=1m", ["/x:size=1048576"]],
  ["--mount type=tmpfs,target=/x,tmpfs-size=1m --tmpfs /x", ["/x:size=1048576"]],
])("as in Docker, a tmpfs replaces that of an earlier --tmpfs: %s", async (line, mounts) => {
  const { config } = await resolveWords([...line.split(" "), "x"]);
  const found = toMounts(config, "/").flatMap((mount) => (mount.kind === "tmpfs" ? formatTmpfs(mount) : []));
  expect(found).toEqual(mounts);
});
