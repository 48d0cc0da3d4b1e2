import { configDefaults, defineConfig } from "vitest/config";
import { excludedFiles } from "./scripts/tests/fast.js";
import "./test/judges.js";

// Node reads all of these certificates at each start, two thirds of what a command of box's takes; no test talks to the
// world.
delete process.env["NODE_EXTRA_CA_CERTS"];

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    // Transformed modules are cached here.
    experimental: { fsModuleCache: true, fsModuleCachePath: "build/vitest" },
    // Tags of tests, describes and, by a comment `// @module-tag NAME`, files. `npm run test:fast` excludes these.
    tags: [
      { name: "vm", description: "boots a virtual machine" },
      { name: "registry", description: "starts a docker-registry" },
      { name: "slow", description: "takes more than a second or two by itself" },
      { name: "full", description: "left to `npm run test:full`: quicker tests cover its subject, too" },
    ],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary", "html", "json-summary"],
      reportsDirectory: "build/coverage",
    },
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "test/unit/**/*.test.ts",
            ...(process.env["BOX_TEST_UNIT_ONLY"] ? [] : ["test/attack/*.test.ts"]),
          ],
          exclude: [...configDefaults.exclude, ...(process.env["BOX_TEST_FAST"] ? excludedFiles() : [])],
          setupFiles: ["test/unit/shared-process.ts"],
          // It knows who loaded it first, so a reset of modules has to reach it.
          server: { deps: { inline: ["zstddec"] } },
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts", "test/attack/vm/*.test.ts"],
          globalSetup: ["test/e2e/global-setup.ts"],
          // Starting a Node.js process for each file takes three seconds on an emulated CPU.
          isolate: false,
          // Real VMs under emulation: the limit only ends hangs and never depends on the speed of the machine.
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
