/**
 * Variables of the caller that would change the behavior of Node, OpenSSL and libuv in box's own processes: which modules
 * are loaded, which authorities are trusted, which files are written. They are kept under other names and restored where
 * needed: for `-e NAME` and credential helpers. native/client/environment.c has the same list.
 */
const PREFIXES = ["NODE_", "OPENSSL_", "SSL_CERT_", "UV_"];
const NAMES = ["CTLOG_FILE", "ICU_DATA", "NIX_SSL_CERT_FILE", "WATCH_REPORT_DEPENDENCIES"];
/** Prefix of withheld variables. Also added to variables that already have it, so that restoring is unambiguous. */
const KEPT = "BOX_CALLER_";

const isWithheld = (name: string) =>
  [KEPT, ...PREFIXES].some((prefix) => name.startsWith(prefix)) || NAMES.includes(name);

/**
 * Withholds such variables from this process and its children, if the caller started Node itself. Does nothing if the
 * native client has already done it.
 */
export function withholdEnvironment(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) {
    if (!isWithheld(name) || name.startsWith(KEPT)) continue;
    env[KEPT + name] = env[name];
    Reflect.deleteProperty(env, name);
  }
}

/** Returns the caller's original environment. */
export function callerEnvironment(env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name.startsWith(KEPT) ? name.slice(KEPT.length) : name,
      value,
    ]),
  );
}

/** Returns the environment for a process that outlives its caller, without the withheld variables. */
export function lastingEnvironment(env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isWithheld(name)));
}
