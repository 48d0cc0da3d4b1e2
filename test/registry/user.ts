import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A temporary folder for a user's store, settings and Docker configuration, set in the environment. */
export interface TestUser {
  folder: string;
  /** Writes the settings (docs/settings.md). */
  settings: (settings: object) => Promise<void>;
  /** Writes Docker's config.json. */
  dockerConfig: (config: object | string) => Promise<void>;
  remove: () => Promise<void>;
}

export async function createUser(): Promise<TestUser> {
  const folder = await mkdtemp(join(tmpdir(), "box-user-"));
  const own: Record<string, string> = {
    BOX_HOME: join(folder, "box"),
    BOX_SETTINGS: join(folder, "settings.yaml"),
    DOCKER_CONFIG: folder,
    // For credential helpers installed by tests.
    PATH: `${folder}:${process.env["PATH"] ?? ""}`,
  };
  const before = Object.fromEntries(Object.keys(own).map((name) => [name, process.env[name]]));
  Object.assign(process.env, own);
  return {
    folder,
    settings: (settings) => writeFile(join(folder, "settings.yaml"), JSON.stringify(settings)),
    dockerConfig: (config) =>
      writeFile(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config)),
    remove: async () => {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A user of a registry, with the line for htpasswd: bcrypt of the password, as written by `htpasswd -B`. */
export const ANN = {
  username: "ann",
  password: "secret pass:word",
  htpasswd: "ann:$2y$05$abcdefghijklmnopqrstuucd/GK.usmWaHnE30INoDpdiKnltCdWi",
};
