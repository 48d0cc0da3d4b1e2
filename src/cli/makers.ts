/** Commands whose arguments after the image belong to the box's program. */
export const MAKERS: readonly string[] = ["run", "create"];

/** Commands whose flags end at the first operand. */
export const PASS_THROUGH: readonly string[] = ["exec", "top"];
