import * as z from "zod/mini";
import type { Details } from "../../oci/details.js";
import { ImageRunConfig } from "../../oci/image.js";
import { containerConfig, describeHealthcheck } from "../boxes/config.js";
import { embedded, list, nilPointer, omitEmpty, pointer, set, strings, struct } from "../go/make.js";
import { STRING } from "../go/type.js";
import type { Value } from "../go/value.js";

const Strings = z.catch(z.nullish(z.array(z.string())), null);

/** The fields of an image's configuration that Docker shows. */
const ShownConfig = z.object({ ...ImageRunConfig.shape, OnBuild: Strings, Shell: Strings });
export type ShownConfig = z.infer<typeof ShownConfig>;

/** A configuration that is not valid has no fields; such an image cannot be run either. */
export function shownConfig({ config }: Details): ShownConfig {
  const result = ShownConfig.safeParse(config ?? {});
  return result.success ? result.data : {};
}

const words = (texts: readonly string[] | null | undefined) => omitEmpty(list(STRING, texts ?? undefined));
const keys = (object: object | null | undefined) => (object ? Object.keys(object) : undefined);

/** The configuration in the type of Docker's client: without empty fields. */
export function typedConfig(config: ShownConfig): Value {
  const { Healthcheck: check } = config;
  return pointer(
    struct("v1.DockerOCIImageConfig", {
      ImageConfig: embedded(
        struct("v1.ImageConfig", {
          User: omitEmpty(config.User ?? ""),
          ExposedPorts: omitEmpty(set(keys(config.ExposedPorts))),
          Env: words(config.Env),
          Entrypoint: words(config.Entrypoint),
          Cmd: words(config.Cmd),
          Volumes: omitEmpty(set(keys(config.Volumes))),
          WorkingDir: omitEmpty(config.WorkingDir ?? ""),
          Labels: omitEmpty(strings(config.Labels ?? undefined)),
          StopSignal: omitEmpty(config.StopSignal ?? ""),
          ArgsEscaped: omitEmpty(false),
        }),
      ),
      DockerOCIImageConfigExt: embedded(
        struct("v1.DockerOCIImageConfigExt", {
          Healthcheck: omitEmpty(
            check ? pointer(describeHealthcheck(check)) : nilPointer("v1.HealthcheckConfig"),
          ),
          OnBuild: words(config.OnBuild),
          Shell: words(config.Shell),
        }),
      ),
    }),
  );
}

const NOTHING = {
  ...{ hostname: "", domainname: "", image: "", attachStdin: false, attached: false },
  ...{ tty: false, openStdin: false, stdinOnce: false, stopTimeoutSecs: null },
};

/** The configuration as Docker's engine sends it: with all fields of a container's. */
export function sentConfig(config: ShownConfig): Value {
  return pointer(containerConfig(config, NOTHING));
}
