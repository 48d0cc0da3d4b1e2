export interface Registry {
  /** `127.0.0.1:PORT`, the domain of image references. */
  host: string;
  folder: string;
  stop: () => Promise<void>;
}

/** Returns a loopback port on which nothing listens at the moment. */
export function freePort(): Promise<number>;

export interface RegistryOptions {
  /** A line in Apache's htpasswd format, with bcrypt: only this user has access. */
  htpasswd?: string;
  /** URL of another server to redirect requests for blobs to. */
  redirect?: string;
  /** PEM files for HTTPS. With `clientCa`, clients must present a certificate from that authority. */
  tls?: { certificate: string; key: string; clientCa?: string };
}

/** Starts an empty docker-registry (in build/judges) on a free loopback port. */
export function startRegistry(options?: RegistryOptions): Promise<Registry>;

/** Pushes an image from an OCI layout to a registry on this machine. */
export function push(layout: string, reference: string): void;
