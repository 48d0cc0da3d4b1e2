/** A request of the native client: a plan for its command line (native/client/run/run.h). */
export interface AskedPlan {
  /** The plan's name, and what it is for. */
  digest: string;
  key: string;
  /** How many words come after the image, and the name of the box, as the client has understood them. */
  words: number;
  name: string | undefined;
}

const VARIABLE = "BOX_PLAN";

/** Takes it from the environment, so that nothing else sees it. */
export function takeAskedPlan(env: NodeJS.ProcessEnv): AskedPlan | undefined {
  const text = env[VARIABLE];
  Reflect.deleteProperty(env, VARIABLE);
  const [, digest, words, name, key] = /^([0-9a-f]{16}) (\d+) (\S+) (.+)$/s.exec(text ?? "") ?? [];
  if (digest === undefined || key === undefined) return undefined;
  return { digest, key, words: Number(words), name: name === "-" ? undefined : name };
}
