import { BoxDocument } from "./box-document.js";
import { validate, type Suggest } from "./validate.js";

/**
 * Checks a configuration with its `record`, and fills in defaults.
 * @throws BoxError invalid-config
 */
export function validateDocument(input: unknown, suggest: Suggest = () => undefined): BoxDocument {
  return validate(BoxDocument, input, suggest);
}
