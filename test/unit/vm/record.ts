/** The least of what a box's record says of its program and its guest. */
import type { BoxRecord } from "../../../src/vm/box/record.js";

export const PROCESS: BoxRecord["process"] = {
  argv: ["true"],
  env: [],
  cwd: "/",
  user: "",
  stdin: false,
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
