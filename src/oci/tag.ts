import { BoxError } from "../config/errors.js";
import { quote } from "../config/syntax/quote.js";
import { findStored } from "./find.js";
import { parseReference } from "./reference.js";
import { hold } from "./store/hold.js";
import { writeTag } from "./store/tags.js";
import { createWorkspace } from "./store/workspace.js";

/**
 * Lets one more name stand for an image, in place of what it stood for.
 * @throws BoxError invalid-reference, no-such-image, ambiguous-image
 */
export async function tagImage(source: string, target: string): Promise<void> {
  const reference = parseReference(target);
  if (reference.digest !== undefined) {
    throw new BoxError(
      "invalid-reference",
      `${quote(target)} is a digest, which cannot be given to an image`,
      {
        hint: "write NAME[:TAG]",
        exitCode: 1,
      },
    );
  }
  // Nothing may remove the image between the look and the new name.
  const { digest } = await findStored(source);
  const release = await hold([digest]);
  const workspace = await createWorkspace();
  try {
    const { digest: image, named } = await findStored(source);
    await writeTag(workspace, reference, { target: named?.target ?? image, image });
  } finally {
    await workspace.remove();
    await release();
  }
}
