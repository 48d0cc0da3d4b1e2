import { familiarName, familiarReference, type Reference } from "../../config/syntax/reference.js";

/** The line before a pull or push whose argument has neither tag nor digest; undefined for others. */
export function describeDefaultTag(text: string): string | undefined {
  return text.includes("@") || /:[^/]*$/.test(text) ? undefined : "Using default tag: latest";
}

/** The line before an image is pulled to create a box. */
export function describeMissing(reference: Reference): string {
  return `Unable to find image '${familiarReference(reference)}' locally`;
}

/** The line before the layers. */
export function describePull({ path, tag, digest }: Reference): string {
  return `${digest ?? tag}: Pulling from ${path}`;
}

/** The last line of a pull. */
export function describeStatus(name: string, isNew: boolean): string {
  return isNew ? `Status: Downloaded newer image for ${name}` : `Status: Image is up to date for ${name}`;
}

/** The lines after the layers. */
export function describePulled(reference: Reference, digest: string, isNew: boolean): string[] {
  return [`Digest: ${digest}`, describeStatus(familiarReference(reference), isNew)];
}

/** The last line of a pull of all tags. */
export function describeAllPulled(reference: Reference, isNew: boolean): string {
  return describeStatus(familiarName(reference), isNew);
}
