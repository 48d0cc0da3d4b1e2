/** A document that is nested too deeply to parse. */
export class TooDeep extends Error {
  override name = "TooDeep";
}

/** Far deeper than any real document. YAML's composer is recursive, and V8 may not survive a stack overflow. */
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

/** The message of a parser, in one line. */
export function mistakeIn(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n", 1);
  // An excerpt of the file follows the colon.
  return line.replace(/:$/, "").slice(0, 200);
}

/**
 * Parses a file in JSON or YAML; JSON begins with a brace.
 * @throws TooDeep; Error whose message explains the mistake in its first line
 */
export async function parseDocument(text: string): Promise<unknown> {
  if (/^\s*\{/.test(text)) {
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      // A YAML flow mapping also begins with a brace.
      if (!/^\s*\{\s*[a-zA-Z]/.test(text)) throw error;
    }
  }
  const { parse: parseYaml } = await import("./yaml.js");
  await checkDepth(text);
  // A configuration needs neither merge keys nor aliases; without aliases, a small file cannot expand to a large one.
  return parseYaml(text, {
    maxAliasCount: 0,
    prettyErrors: true,
    // "silent" would suppress errors too.
    logLevel: "error",
    stringKeys: true,
  }) as unknown;
}
