/**
 * Parses a file that people write, in JSON or in YAML: JSON begins with a brace.
 * @throws Error whose message's first line says what is wrong
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
  // Merge keys and aliases are not needed for a box; without aliases a small file cannot grow large.
  return parseYaml(text, {
    maxAliasCount: 0,
    prettyErrors: true,
    // "silent" would keep quiet about errors too.
    logLevel: "error",
    stringKeys: true,
  }) as unknown;
}
