import type { Type } from "../go/type.js";
import type { Value } from "../go/value.js";

/** The type of a parameter that takes a value as it is, even none: Go's `reflect.Value`. */
export const AS_IS: Type = { name: "reflect.Value", kind: "struct" };

/** A function that templates can call. */
export interface TemplateFunction {
  readonly parameters: readonly Type[];
  /** The type of all further arguments. */
  readonly rest?: Type;
  /**
   * @param first the notation of the first argument
   * @throws CallError
   */
  readonly call: (args: readonly (Value | undefined)[], first: string) => Value | undefined;
}

export type Functions = ReadonlyMap<string, TemplateFunction>;
