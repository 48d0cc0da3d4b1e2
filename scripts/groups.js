// Modules that are bundled into one file each. A bundler that splits makes a chunk of whatever a few commands share, and
// Node takes the better part of a millisecond for every file that it loads: what is small and loaded together anyway is
// one file.
import { join, resolve } from "node:path";

const ROOT = join(import.meta.dirname, "..");

const GROUPS = {
  // What nearly every command loads.
  common: [
    ...["cli/program", "cli/commands", "cli/nearest", "cli/store"],
    ...["cli/output/print", "cli/output/progress", "cli/output/table"],
    ...["config/cache", "config/errors", "config/files", "config/parse-document", "config/paths"],
    ...["config/settings", "config/syntax/quote"],
    ...["oci/image", "oci/media-types", "oci/platform", "oci/reference"],
    ...["oci/store/hold", "oci/store/lock", "oci/store/owner", "oci/store/paths", "oci/store/record"],
    ...["oci/store/tags", "oci/store/workspace"],
  ],
  // What a pull of an image that is here already asks the registry with.
  ask: [
    ...["oci/pull/current", "oci/registry/endpoint", "oci/registry/failure", "oci/registry/head"],
    ...["oci/registry/light", "oci/registry/session", "oci/registry/transport"],
  ],
};

const groupOf = new Map(
  Object.entries(GROUPS).flatMap(([group, modules]) =>
    modules.map((module) => [join(ROOT, "src", `${module}.ts`), group]),
  ),
);

/** Entry points of the groups, for the plugin below. */
export const GROUP_ENTRIES = Object.fromEntries(
  Object.keys(GROUPS).map((group) => [group, `group:${group}`]),
);

export const groups = {
  name: "groups",
  setup(build) {
    build.onResolve({ filter: /^group:/ }, ({ path }) => ({ path: path.slice(6), namespace: "group" }));
    build.onLoad({ filter: /.*/, namespace: "group" }, ({ path: group }) => ({
      contents: GROUPS[group].map((module) => `export * from "./src/${module}.js";`).join("\n"),
      resolveDir: ROOT,
    }));
    build.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir, importer, namespace, kind }) => {
      const group = groupOf.get(resolve(resolveDir, path.replace(/\.js$/, ".ts")));
      const within = namespace === "group" || (groupOf.get(importer) === group && kind !== "dynamic-import");
      return group === undefined || within ? undefined : { path: `./${group}.js`, external: true };
    });
  },
};
