import { z } from "zod";

import type { AppFunction, FunctionLookup } from "../app/function-lookup.ts";
import { UsageError } from "../../program/usage-error.ts";
import { resolveSettings } from "../settings/expressions.ts";
import type { AuthLevel } from "./gate.ts";
import { matchRoute } from "./match-route.ts";
import { compareRoutes, parseRoute, type RouteTemplate } from "./route-template.ts";

const HttpTrigger = z.looseObject({
  route: z.string().nullish(),
  methods: z.array(z.string()).nullish(),
  authLevel: z
    .string()
    .toLowerCase()
    .pipe(z.enum(["anonymous", "function", "admin"]))
    .default("function"),
});

export interface HttpFunction {
  readonly fn: AppFunction;
  readonly route: RouteTemplate;
  /** With the prefix, as it was written. */
  readonly path: string;
  /** Empty: all. */
  readonly methods: readonly string[];
  readonly authLevel: AuthLevel;
}

export interface FoundFunction {
  readonly http: HttpFunction;
  readonly parameters: Record<string, string>;
}

/** @throws {UsageError} if a trigger is not right, or if two functions answer the same requests */
export function createHttpFunctions(
  functions: FunctionLookup,
  routePrefix: string,
  env: NodeJS.ProcessEnv,
): HttpFunction[] {
  const all = functions
    .ofType("httpTrigger")
    .map((fn) => createHttpFunction(fn, routePrefix, env))
    .toSorted((a, b) => compareRoutes(a.route, b.route));
  refuseTwins(all);
  return all;
}

function createHttpFunction(
  fn: AppFunction,
  routePrefix: string,
  env: NodeJS.ProcessEnv,
): HttpFunction {
  const trigger = HttpTrigger.safeParse(fn.trigger);
  if (!trigger.success) {
    throw new UsageError(`Function '${fn.name}': ${z.prettifyError(trigger.error)}`);
  }
  const { route, methods, authLevel } = trigger.data;
  const own = resolveSettings(route ?? fn.name, env, `The route of function '${fn.name}'`);
  const path = [routePrefix, own].join("/").replaceAll(/(?<=\/)\/+|^\/+/g, "");
  refuseBuiltIn(fn.name, path);
  return {
    fn,
    path: `/${path}`,
    route: parseRoute(path, fn.name),
    methods: (methods ?? []).map((method) => method.toUpperCase()),
    authLevel,
  };
}

export function findHttpFunction(
  functions: readonly HttpFunction[],
  method: string,
  path: readonly string[],
): FoundFunction | undefined {
  for (const http of functions) {
    if (http.methods.length > 0 && !http.methods.includes(method)) continue;
    const parameters = matchRoute(http.route, path);
    if (parameters) return { http, parameters };
  }
  return undefined;
}

const BUILT_IN = /^(?:admin|runtime|durabletask)(?:\/|$)/i;

function refuseBuiltIn(name: string, path: string): void {
  if (!BUILT_IN.test(path)) return;
  throw new UsageError(
    `Function '${name}': the route '${path}' is one of the host's own. Give it another, or a route prefix in host.json.`,
  );
}

function refuseTwins(functions: readonly HttpFunction[]): void {
  const seen = new Map<string, string>();
  for (const { fn, path, methods } of functions) {
    for (const method of methods.length > 0 ? methods : ["*"]) {
      // Names of parameters do not tell requests apart; constraints do.
      const shape = `${method} ${path.toLowerCase().replaceAll(/\{([*]*)[^:=?{}]+/g, "{$1")}`;
      const other = seen.get(shape);
      if (other !== undefined) {
        throw new UsageError(
          `Functions '${other}' and '${fn.name}' both answer ${method} ${path}.`,
        );
      }
      seen.set(shape, fn.name);
    }
  }
}
