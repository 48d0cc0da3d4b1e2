import { BoxDocument } from "./box-document.js";
import { validate, type Suggest } from "./validate.js";

/**
 * Checks a configuration with what belongs to the box's record, and fills in what it does not say.
 * @throws BoxError invalid-config
 */
export function validateDocument(input: unknown, suggest: Suggest = () => undefined): BoxDocument {
  return validate(BoxDocument, input, suggest);
}
