/** A document that no parser comes to the end of. */
export class TooDeep extends Error {
  override name = "TooDeep";
}

/** No document of box's is as deep by far; what composes YAML calls itself, and V8 may not survive a full stack. */
const MOST_TOKENS = 200;

/** @throws TooDeep */
async function checkDepth(text: string): Promise<void> {
  const { Lexer, Parser } = await import("./yaml.js");
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    Array.from(parser.next(lexeme));
    if (parser.stack.length > MOST_TOKENS) throw new TooDeep("is nested too deeply");
  }
}

/** What a parser says is wrong, in one line. */
export function mistakeIn(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n", 1);
  // An excerpt of the file follows the colon.
  return line.replace(/:$/, "").slice(0, 200);
}

/**
 * Parses a file that people write, in JSON or in YAML: JSON begins with a brace.
 * @throws TooDeep; Error whose message's first line says what is wrong
 */
export async function parseDocument(text: string): Promise<unknown> {
  if (/^\s*\{/.test(text)) {
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      // A flow mapping of YAML begins so as well.
      if (!/^\s*\{\s*[a-zA-Z]/.test(text)) throw error;
    }
  }
  const { parse: parseYaml } = await import("./yaml.js");
  await checkDepth(text);
  // Merge keys and aliases are not needed for a box; without aliases a small file cannot grow large.
  return parseYaml(text, {
    maxAliasCount: 0,
    prettyErrors: true,
    // "silent" would keep quiet about errors too.
    logLevel: "error",
    stringKeys: true,
  }) as unknown;
}
