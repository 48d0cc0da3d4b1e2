import { chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildPrograms, run, type Programs } from "../unit/native/vmm-program.js";

// libkrun passes names from the guest to the kernel unchanged (native/vmm/test/share-probe.c stands in for it).

const ROOT = process.getuid?.() === 0;
const STRANGER = 54_321;
const users = [["the caller", process.getuid?.() ?? 0], ...(ROOT ? [["a stranger", STRANGER]] : [])] as [
  string,
  number,
][];

let programs: Programs;
const path = (name: string) => join(programs.folder, name);

beforeAll(async () => {
  programs = await buildPrograms();
  mkdirSync(path("shared"));
  for (const name of ["kernel", "upper", "shared/file"]) writeFileSync(path(name), name);
});
afterAll(() => rmSync(programs.folder, { recursive: true, force: true }));

it.each(users)("names that a guest of %s sends lead only to the volumes", async (_, uid) => {
  for (const name of ["kernel", "upper", "shared", "shared/file"]) chownSync(path(name), uid, uid);
  const outside = [
    ...[path("kernel"), path("upper"), "/proc/self/mem", "/proc/self/fd", "/dev/null", "/dev/kvm", "/etc"],
    ...[`..${path("kernel")}`, `0/../..${path("kernel")}`, "../proc", "../../dev"],
  ];
  const { code, stdout, stderr } = await run(
    programs.strictHelper,
    [
      ...[
        "krun",
        "--libkrun",
        path("libshare-probe.so"),
        "--cmdline",
        ["0/file", "..", ...outside].join("\n"),
      ],
      ...["--cpus", "1", "--memory", "1", "--net", "none", "--kernel", path("kernel")],
      ...["--disk", "rw", "raw", path("upper"), "--volume", "rw", path("shared"), "0"],
    ],
    ROOT ? { uid, gid: uid } : {},
  );
  expect({ code, stderr, seen: stdout.trim().split("\n") }).toEqual({
    code: 0,
    stderr: "",
    seen: [
      ...["share of others: ENOENT", "memory: ENOENT", "wait: ok", "share: ok", "0/file: ok", "..: ok"],
      ...outside.map((name) => `${name}: ENOENT`),
      ...["leave: EPERM", "descriptors: ok"],
    ],
  });
});
