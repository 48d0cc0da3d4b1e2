export const BUNDLE: { bundle: true; format: "esm"; platform: "node"; target: "node20" };
export const REQUIRE_BANNER: { js: string };
