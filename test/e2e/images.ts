/** References of the test images in the registry on loopback that filled the tests' BOX_HOME (global-setup.ts). */
const image = (name: string) => `127.0.0.1:5999/test/${name}:latest`;

export const BUSYBOX = image("busybox");
export const NGINX = image("nginx");
export const REDIS = image("redis");
export const POSTGRES = image("postgres");
export const PYTHON = image("python");
