import { readFileSync } from "node:fs";
import { join } from "node:path";
import { home } from "./box.js";

/**
 * Written by prepare.js: the registry that the images were pulled from. It no longer runs; the images are in BOX_HOME.
 */
const { registry } = JSON.parse(readFileSync(join(home(), "prepared.json"), "utf8")) as { registry: string };

const image = (name: string) => `${registry}/test/${name}:latest`;

export const BUSYBOX = image("busybox");
export const NGINX = image("nginx");
export const REDIS = image("redis");
export const POSTGRES = image("postgres");
export const PYTHON = image("python");
