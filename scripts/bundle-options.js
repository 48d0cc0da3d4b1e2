/** How everything of box is bundled; set `outdir` and entry points. */
export const BUNDLE = /** @type {const} */ ({
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
});

/** Packages in CommonJS ask for node's own modules with require(), which ES modules do not have. */
export const REQUIRE_BANNER = {
  js: "import{createRequire as box$r}from'node:module';const require=box$r(import.meta.url);",
};
