import { readFileSync } from "node:fs";
import { join } from "node:path";
import { home } from "./box.js";

/**
 * Written by prepare.js: the registry that the images were pulled from. It no longer runs; the images are in BOX_HOME.
 */
const { registry } = JSON.parse(readFileSync(join(home(), "prepared.json"), "utf8")) as { registry: string };

export const imageOf = (name: string) => `${registry}/test/${name}:latest`;

export const BUSYBOX = imageOf("busybox");
export const NGINX = imageOf("nginx");
export const REDIS = imageOf("redis");
export const POSTGRES = imageOf("postgres");
export const PYTHON = imageOf("python");
