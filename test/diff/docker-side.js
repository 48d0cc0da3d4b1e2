// Docker's side: the client, and an engine that contains only the images before each case.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { startEngine } from "./engine.js";
import { TAGS } from "./images.js";
import { startRegistries } from "./registry.js";
import { runShared } from "./run.js";

/** @typedef {{ client: string, engine: string }} Versions */

/** The client on the PATH, unless BOX_DIFF_DOCKER names another. */
export function findClient() {
  const named = process.env["BOX_DIFF_DOCKER"];
  return named ?? execFileSync("sh", ["-c", "command -v docker"], { encoding: "utf8" }).trim();
}

const Containers = z.array(z.object({ Id: z.string() }));
const Volumes = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullish() });
const Networks = z.array(z.object({ Name: z.string() }));
const Images = z.array(
  z.object({
    Id: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    RepoDigests: z.array(z.string()).nullish(),
  }),
);

/** @param {import("./engine.js").Engine} engine */
const contentsOf = async (engine) => ({
  containers: Containers.parse(await engine.call("GET", "/containers/json?all=1")).map(({ Id }) => Id),
  volumes: (Volumes.parse(await engine.call("GET", "/volumes")).Volumes ?? []).map(({ Name }) => Name),
  networks: Networks.parse(await engine.call("GET", "/networks"))
    .map(({ Name }) => Name)
    .filter((name) => !["bridge", "host", "none"].includes(name)),
});

/**
 * Restores the images.
 * @param {import("./engine.js").Engine} engine
 * @param {string} archive
 */
async function restoreImages(engine, archive) {
  const list = async () => Images.parse(await engine.call("GET", "/images/json?all=1"));
  const remove = (/** @type {string} */ name) =>
    engine
      .call("DELETE", `/images/${encodeURIComponent(name)}?force=1`)
      .catch((/** @type {unknown} */ error) => {
        // It went with another name.
        if (!String(error).includes("No such image")) throw error;
      });
  const before = await list();
  const tags = before.flatMap((image) => image.RepoTags ?? []);
  for (const name of [...tags, ...before.flatMap((image) => image.RepoDigests ?? [])])
    if (!TAGS.includes(name) && !name.startsWith("<none>")) await remove(name);
  for (const { Id, RepoTags } of await list())
    if (!RepoTags?.some((tag) => TAGS.includes(tag))) await remove(Id);
  if (TAGS.every((tag) => tags.includes(tag))) return;
  await engine.call("POST", "/images/load?quiet=1", readFileSync(archive));
}

/**
 * @param {string} archive of the images
 * @param {boolean} registries whether cases need registries
 * @returns {Promise<import("./run.js").Side & { versions: Versions }>}
 */
export async function startDocker(archive, registries) {
  const program = findClient();
  const engine = await startEngine();
  const { env, texts, stop } = registries
    ? await startRegistries(engine.inside)
    : { env: {}, texts: [], stop: () => {} };
  const { Version } = z.object({ Version: z.string() }).parse(await engine.call("GET", "/version"));
  const version = execFileSync(program, ["--version"], { encoding: "utf8" });
  const versions = { client: /version ([^,\s]+)/.exec(version)?.[1] ?? "", engine: Version };
  await restoreImages(engine, archive);
  let kept = await contentsOf(engine);

  /** @param {typeof kept} spared */
  const empty = async (spared) => {
    const { containers, volumes, networks } = await contentsOf(engine);
    for (const id of containers)
      if (!spared.containers.includes(id)) await engine.call("DELETE", `/containers/${id}?force=1&v=1`);
    for (const name of volumes)
      if (!spared.volumes.includes(name)) await engine.call("DELETE", `/volumes/${name}?force=1`);
    for (const name of networks)
      if (!spared.networks.includes(name)) await engine.call("DELETE", `/networks/${name}`);
    await restoreImages(engine, archive);
  };

  /** @type {import("./run.js").Side} */
  const side = {
    name: "docker",
    program,
    prefix: engine.inside,
    env: { DOCKER_HOST: engine.host, ...env },
    texts: [
      [`${engine.folder}/data`, "<HOME>"],
      [versions.client, "<VERSION>"],
      [versions.engine, "<VERSION>"],
      ...texts,
    ],
    enter: async (area) => {
      if (area.shared !== "") await runShared(side, area);
      kept = await contentsOf(engine);
    },
    reset: () => empty(kept),
    leave: () => empty({ containers: [], volumes: [], networks: [] }),
    stop: async () => {
      stop();
      await engine.stop();
    },
  };
  return { ...side, versions };
}
