/**
 * Variables of the caller's that would decide what Node, OpenSSL and libuv do in a process of box: which modules are
 * loaded, which authorities are trusted, which files are written. They are kept under other names, from which those who
 * need them get them back: `-e NAME`, credential helpers. native/client/environment.c has the same list.
 */
const PREFIXES = ["NODE_", "OPENSSL_", "SSL_CERT_", "UV_"];
const NAMES = ["CTLOG_FILE", "ICU_DATA", "NIX_SSL_CERT_FILE", "WATCH_REPORT_DEPENDENCIES"];
/** Before the name of a variable that is kept; also of one that begins so already, hence the way back is unambiguous. */
const KEPT = "BOX_CALLER_";

const isWithheld = (name: string) =>
  [KEPT, ...PREFIXES].some((prefix) => name.startsWith(prefix)) || NAMES.includes(name);

/**
 * Withholds such variables from this process, whose caller has started Node itself, and from all that it starts.
 * Does nothing where the native client has done it.
 */
export function withholdEnvironment(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) {
    if (!isWithheld(name) || name.startsWith(KEPT)) continue;
    env[KEPT + name] = env[name];
    Reflect.deleteProperty(env, name);
  }
}

/** The environment that the caller has given to box. */
export function callerEnvironment(env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name.startsWith(KEPT) ? name.slice(KEPT.length) : name,
      value,
    ]),
  );
}

/** The environment for a process that lives on without its caller, who is nobody's business there. */
export function lastingEnvironment(env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isWithheld(name)));
}
