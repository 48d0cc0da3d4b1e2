import type { Image } from "../../oci/image.js";
import { scopedStore } from "../../oci/store/lease.js";
import { withInterpreter } from "../../vm/interpreter/runtime-files.js";
import { isOutdated, shapeOf, type Shape } from "../../vm/pool/shape.js";
import { imageFor } from "../boxes/image.js";
import type { Context } from "../context.js";
import { storeOfBox } from "../images/ensure.js";
import type { PoolBox } from "./idle-vm.js";

/** The image that the VMs of a pool are for, and their shape. They change with the image's tag and with the host. */
export interface Subject {
  image: () => Image;
  shape: () => Shape;
  /** Looks which image the tag names by now, and at the host. @returns whether VMs are outdated @throws BoxError as `run` */
  follow: () => Promise<boolean>;
  /** Releases the image. */
  close: () => Promise<void>;
}

/** Reads the image of a pool, which must be here, and protects it from removal until it is closed or changes. */
export async function openSubject(context: Context, { request }: Omit<PoolBox, "image">): Promise<Subject> {
  const { config, identity, spec, driver } = request;
  const read = async () => {
    const scope = scopedStore(storeOfBox(context.home, config.cache, identity.id));
    try {
      const image = await imageFor(context, scope.store, { ...request, pull: "never" }, {});
      const runtimeFiles = await withInterpreter(context.home, request.runtimeFiles, image.platform);
      const shape = await shapeOf(context.home, { spec, driver, runtimeFiles, image });
      return { image, shape, release: scope.release };
    } catch (error) {
      await scope.release();
      throw error;
    }
  };
  let current = await read();
  return {
    image: () => current.image,
    shape: () => current.shape,
    follow: async () => {
      const next = await read();
      const old = isOutdated(current.shape, next.shape) ? current : next;
      if (old === current) current = next;
      await old.release();
      return old !== next;
    },
    close: () => current.release(),
  };
}
