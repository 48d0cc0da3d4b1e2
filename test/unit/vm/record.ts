/** Minimal program and guest of a box's record. */
import { BoxConfig } from "../../../src/config/box-config.js";
import { BoxOptions } from "../../../src/config/box-options.js";
import { newBoxId } from "../../../src/vm/box/create.js";
import type { BoxRecord } from "../../../src/vm/box/record.js";

export const PROCESS: BoxRecord["process"] = {
  argv: ["true"],
  env: [],
  cwd: "/",
  user: "",
  stdin: false,
  tty: false,
  groups: [],
  limits: [],
  capabilities: 0,
  noNewPrivileges: false,
  first: false,
};

export const GUEST: BoxRecord["guest"] = {
  hostname: "h",
  hosts: "",
  resolvConf: "",
  tmpfs: [],
  volumes: [],
  network: null,
  readOnlyRoot: false,
  shmBytes: null,
  sysctls: [],
  pidsLimit: null,
  openPaths: false,
  privileged: false,
  devices: [],
};

/** Returns a box's record with defaults. */
export function boxRecord(name: string, more: Partial<BoxRecord> = {}): BoxRecord {
  return {
    version: 1,
    id: newBoxId(),
    name,
    createdAt: new Date().toISOString(),
    options: BoxOptions.parse({}),
    driver: "qemu",
    health: null,
    bootLimitMs: 1,
    config: BoxConfig.parse({ image: "x" }),
    image: { reference: "x", digest: "sha256:0", id: "sha256:0", disk: "/x" },
    ports: [],
    wantedPorts: [],
    namedVolumes: [],
    stopSignal: 15,
    seccomp: "none",
    process: PROCESS,
    guest: GUEST,
    ...more,
  };
}
