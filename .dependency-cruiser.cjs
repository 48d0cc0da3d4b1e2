// Dependencies point one way: doors -> docker, engine -> vm -> oci, net, events -> config -> host -> errors.ts.
const LAYERS = ["cli", "library", "docker", "engine", "vm", "oci", "net", "events", "config", "host"];

/**
 * Layers that may not import each other although neither lies above the other.
 * @type {Record<string, string[]>}
 */
const BESIDE = {
  library: ["cli"],
  oci: ["net", "events"],
  net: ["oci", "events"],
  events: ["oci", "net"],
  docker: [],
  engine: ["docker"],
};

/** @param {string} name @returns the layers above and beside it */
function strangers(name) {
  return [...LAYERS.slice(0, LAYERS.indexOf(name)), ...(BESIDE[name] ?? [])];
}

/** @param {string} name @param {string} from @param {string} to */
const never = (name, from, to) => ({
  name,
  severity: "error",
  from: { path: from },
  to: { path: to },
});

module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    ...LAYERS.slice(1).map((name) =>
      never(`${name}-knows-nothing-above`, `^src/${name}/`, `^src/(${strangers(name).join("|")})/`),
    ),
    never("doors-know-only-the-engine", "^src/(cli|library)/", "^src/(vm|oci|net|events)/"),
    never("the-library-is-a-door", "^src/index\\.ts$", "^src/(?!library/|engine/engine\\.ts$|errors\\.ts$)"),
    never("doors-know-nothing-of-each-other", "^src/cli/", "^src/(library/|index\\.ts$)"),
    never("errors-import-nothing", "^src/errors\\.ts$", "^src/"),
    never("krun-does-not-know-qemu", "^src/vm/drivers/krun/", "^src/vm/drivers/qemu/"),
    never("qemu-does-not-know-krun", "^src/vm/drivers/qemu/", "^src/vm/drivers/krun/"),
    { name: "no-orphans", severity: "error", from: { orphan: true, pathNot: "(^|/)main\\.ts$" }, to: {} },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default"],
    },
  },
};
