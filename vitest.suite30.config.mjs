import base from "./vitest.config.ts";
const config = structuredClone({ ...base });
const e2e = config.test.projects[1];
e2e.test.setupFiles = ["/tmp/w/suite30/hooks.ts"];
e2e.server = { fs: { strict: false } };
config.test.projects = [e2e];
export default config;
