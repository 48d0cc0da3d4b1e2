// The images that the scripts use: those of the end-to-end tests, under the names that scripts expect.

/** @type {Record<string, string>} names of the test images, by reference in the scripts */
export const IMAGES = {
  "busybox:latest": "busybox",
  "nginx:alpine": "nginx",
  "python:3.12-slim": "python",
  "redis:7": "redis",
};
