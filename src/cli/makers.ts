/** Commands whose arguments after the image belong to the box's program. */
export const MAKERS: readonly string[] = ["run", "create"];
