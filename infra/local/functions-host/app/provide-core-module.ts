import { registerHooks } from "node:module";

const SPECIFIER = "@azure/functions-core";
const MODULE_URL = "functions-host:core";
const GLOBAL_KEY = "rollforward.functions-host.core";

/**
 * Makes `require("@azure/functions-core")` and its `import` answer with this object.
 *
 * `@azure/functions` keeps what it got for good, so a process can host one app.
 */
export function provideCoreModule(api: object): void {
  Object.defineProperty(globalThis, Symbol.for(GLOBAL_KEY), { value: api, configurable: true });
  registerHooks({
    resolve: (specifier, context, nextResolve) =>
      specifier === SPECIFIER
        ? { url: MODULE_URL, format: "commonjs", shortCircuit: true }
        : nextResolve(specifier, context),
    load: (url, context, nextLoad) =>
      url === MODULE_URL
        ? {
            format: "commonjs",
            source: `module.exports = globalThis[Symbol.for(${JSON.stringify(GLOBAL_KEY)})];`,
            shortCircuit: true,
          }
        : nextLoad(url, context),
  });
}
