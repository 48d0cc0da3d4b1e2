/** The common options of all bundles; the caller sets `outdir` and entry points. */
export const BUNDLE = /** @type {const} */ ({
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
});

/** CommonJS packages load Node's built-in modules with require(), which ES modules lack. */
export const REQUIRE_BANNER = {
  js: "import{createRequire as box$r}from'node:module';const require=box$r(import.meta.url);",
};
