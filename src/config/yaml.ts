// A file of its own, loaded when it is needed: of a package in CommonJS, a dynamic import alone has no named exports
// once it is bundled.
export { Lexer, parse, Parser } from "yaml";
