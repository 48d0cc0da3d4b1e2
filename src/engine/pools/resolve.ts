import { parseDocumentBox } from "../../config/document-box.js";
import { mergeFields, type Fields } from "../../config/merge.js";
import { readSettings } from "../../config/settings.js";
import { BoxError } from "../../errors.js";
import { readDefinition } from "../../vm/pool/definition.js";
import { poolFolder, poolNames } from "../../vm/pool/files.js";
import { parseRequest } from "../boxes/check.js";
import type { ParsedRequest } from "../boxes/request.js";
import type { Context } from "../context.js";
import type { PoolDocument, PoolRequest } from "./request.js";
import { documentOf, subjectIn, type PoolSubject } from "./definition.js";

/** Returns the box that a pool was started for. @throws BoxError no-image, store-unreadable */
async function known({ home }: Context, name: string): Promise<PoolSubject> {
  const stored = await readDefinition(poolFolder(home, name));
  if (stored) return subjectIn(stored);
  const names = await poolNames(home);
  throw new BoxError("no-image", `no image specified for pool ${name}, which does not exist yet`, {
    hint: names.length === 0 ? undefined : `the pools are ${names.join(", ")}`,
    detail: { pool: name },
  });
}

async function resolveDocument(
  context: Context,
  name: string,
  { document, ...others }: PoolDocument,
): Promise<ParsedRequest> {
  const old = document.image === undefined ? await known(context, name) : undefined;
  const { cache } = await readSettings(context.home);
  const below: Fields = old ? { ...documentOf(old) } : { resources: { timeout: 0 }, cache };
  const box = parseDocumentBox(mergeFields(below, { ...document }), "/");
  return { ...box, ...others, platform: others.platform ?? old?.platform };
}

/** Resolves the box for which a pool is started. @throws BoxError no-image, and of the parsers of its values */
export async function resolvePool(
  context: Context,
  name: string,
  request: PoolRequest,
): Promise<ParsedRequest> {
  return "document" in request ? resolveDocument(context, name, request) : parseRequest(request);
}
