/** The search paths, and the limit on this process's memory, which the helper lifts. */
const NAMES = ["PATH", "LD_LIBRARY_PATH", "BOX_MONITOR_DATA"];

/** Returns the environment for a VMM's helper: nothing else of one that may hold secrets. */
export function helperEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(NAMES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
