// Dependencies point one way: cli -> vm -> {oci, net} -> config.
const never = (name, from, to) => ({ name, severity: "error", from: { path: from }, to: { path: to } });

module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    never("config-imports-nothing-of-ours", "^src/config/", "^src/(cli|vm|oci|net|events)/"),
    never("events-below-all-but-config", "^src/events/", "^src/(cli|vm|oci|net)/"),
    never("oci-knows-nothing-of-boxes", "^src/oci/", "^src/(cli|vm|net)/"),
    never("net-below-vm", "^src/net/", "^src/(cli|vm|oci)/"),
    never("vm-below-cli", "^src/vm/", "^src/cli/"),
    never("krun-does-not-know-qemu", "^src/vm/krun/", "^src/vm/qemu/"),
    never("qemu-does-not-know-krun", "^src/vm/qemu/", "^src/vm/krun/"),
    {
      name: "monitor-stays-small",
      comment: "one monitor runs beside every box: no commander, no zod, no registry code in its memory",
      severity: "error",
      from: { path: "^src/vm/monitor/" },
      to: { path: "^src/oci/|node_modules/(zod|commander|undici|execa|ora|chalk|tar)/", reachable: true },
    },
    { name: "no-orphans", severity: "error", from: { orphan: true, pathNot: "(^|/)main\\.ts$" }, to: {} },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: false,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default"],
    },
  },
};
