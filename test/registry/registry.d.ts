export interface Registry {
  /** `127.0.0.1:PORT`: what image references begin with. */
  host: string;
  folder: string;
  stop: () => Promise<void>;
}

/** A port of loopback that nothing listens on at this moment. */
export function freePort(): Promise<number>;

export interface RegistryOptions {
  /** A line of Apache's htpasswd, with bcrypt: only this user may come in. */
  htpasswd?: string;
  /** URL of another server that layers are said to lie at. */
  redirect?: string;
  /** PEM files: it speaks HTTPS; with `clientCa`, to those alone who show a certificate of it. */
  tls?: { certificate: string; key: string; clientCa?: string };
}

/** Starts a docker-registry (build/judges) with nothing in it on a free port of loopback. */
export function startRegistry(options?: RegistryOptions): Promise<Registry>;

/** Pushes an image from an OCI layout; the reference is on a registry of this machine. */
export function push(layout: string, reference: string): void;
