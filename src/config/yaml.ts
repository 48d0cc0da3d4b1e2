// A separate file to be loaded on demand: once bundled, a dynamic import of a CommonJS package has no named exports.
export { Lexer, parse, Parser } from "yaml";
