/** The row of Docker's default context in `context ls`. */
export const DEFAULT_CONTEXT = {
  Current: true,
  Description: "Current DOCKER_HOST based configuration",
  DockerEndpoint: "unix:///var/run/docker.sock",
  Error: "",
  Name: "default",
} as const;

/** A context in Docker's format of `context inspect`. */
export function describeContext(name: string): Record<string, unknown> {
  return {
    Name: name,
    Metadata: {},
    Endpoints: { docker: { Host: DEFAULT_CONTEXT.DockerEndpoint, SkipTLSVerify: false } },
    TLSMaterial: {},
    Storage: { MetadataPath: "<IN MEMORY>", TLSPath: "<IN MEMORY>" },
  };
}
