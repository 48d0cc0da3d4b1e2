import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  { ignores: ["dist/", "runtime-files/", "build/", "node_modules/", "coverage/"] },
  {
    files: ["**/*.{ts,js,cjs}"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: "./tsconfig.json" } },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/no-non-null-assertion": "error",
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
      eqeqeq: "error",
    },
  },
  {
    // These do not see that a JSDoc cast gives an `any` a type. Calls of an `any` and access to its members stay errors.
    files: ["**/*.{js,cjs}"],
    rules: {
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: ["**/*.cjs"],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  {
    // A list, however long.
    files: ["scripts/english/phrases.js"],
    rules: { "max-lines": "off" },
  },
  {
    // Text from guests, images and registries is escaped there.
    files: ["src/**/*.ts"],
    ignores: ["src/cli/output/**", "src/cli/main.ts", "src/vm/monitor/log.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "CallExpression[callee.property.name='write'][callee.object.property.name=/^std(out|err)$/]",
          message: "print through src/cli/output/print.ts",
        },
      ],
    },
  },
  {
    // One process may have several engines, none of which is the process's own: what they need of it they are given.
    files: ["src/{config,docker,engine,events,host,net,oci,vm}/**/*.ts", "src/errors.ts"],
    ignores: [
      // The monitor is a process of its own: these are its entry, its log and the ends of its life.
      "src/vm/monitor/{main,log,supervise,offline-session}.ts",
      // These release what the engines of a process hold when it exits.
      "src/host/lock.ts",
      "src/oci/store/lease.ts",
    ],
    rules: {
      "no-restricted-properties": [
        "error",
        ...["cwd", "chdir", "env", "argv", "exit", "exitCode", "abort", "stdin", "stdout", "stderr", "umask"]
          .concat(["on", "once", "addListener", "off", "removeListener", "emitWarning"])
          .map((property) => ({ object: "process", property, message: "the engine is given what it needs" })),
      ],
      "no-restricted-imports": [
        "error",
        {
          name: "node:process",
          message: "the engine is given what it needs",
        },
      ],
    },
  },
  {
    // A relative path would begin in the process's working folder. In config and host the folder is named.
    files: ["src/{docker,engine,events,net,oci,vm}/**/*.ts", "src/host/{files,runtime-folder}.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { name: "node:process", message: "the engine is given what it needs" },
        {
          name: "node:path",
          importNames: ["resolve"],
          message: "paths are absolute here: use join or normalize",
        },
      ],
    },
  },
  {
    // Where a test fails, its last statement never runs. try-finally, onTestFinished and the after hooks always do.
    files: ["test/{e2e,attack}/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...[
          "[callee.name=/^(rm|rmSync|rmdir|unlink|unlinkSync)$/]",
          "[callee.name='box'][arguments.0.elements.0.value=/^(rm|rmi|stop|kill|volume|network)$/]",
          "[callee.name='execFileSync'][arguments.0.value='rm']",
          "[callee.property.name=/^(close|stop|kill|dispose)$/]",
        ].flatMap((call) =>
          [`CallExpression${call}`, `AwaitExpression > CallExpression${call}`].map((expression) => ({
            selector: `CallExpression:matches([callee.name=/^(it|test)$/], [callee.callee], [callee.tag]) > ArrowFunctionExpression > BlockStatement > ExpressionStatement:last-child > ${expression}`,
            message: "clean up in a hook, such as onTestFinished: a test that fails does not get here",
          })),
        ),
      ],
    },
  },
  {
    files: ["{test,bench,scripts,examples}/**/*.{ts,js,cjs}"],
    rules: { "no-console": "off" },
  },
);
