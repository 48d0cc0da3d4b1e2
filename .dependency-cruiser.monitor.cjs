// One monitor runs beside every box. The code that it loads stays small: no commander, no zod, no registry code; types
// do not count.
module.exports = {
  forbidden: [
    {
      name: "monitor-stays-small",
      severity: "error",
      from: { path: "^src/vm/monitor/" },
      to: { path: "^src/oci/|node_modules/(zod|commander|undici|execa|ora|chalk|tar)/", reachable: true },
    },
  ],
  options: { ...require("./.dependency-cruiser.cjs").options, tsPreCompilationDeps: false },
};
