import { describe, expect, test } from "vitest";

import { matchRoute } from "../../../infra/local/functions-host/http/match-route.ts";
import {
  compareRoutes,
  parseRoute,
} from "../../../infra/local/functions-host/http/route-template.ts";

function match(template: string, path: string): Record<string, string> | undefined {
  return matchRoute(parseRoute(template, "fn"), path === "" ? [] : path.split("/"));
}

describe("templates", () => {
  test.each([
    ["runs/{id}", "RUNS/42", { id: "42" }],
    ["runs/{id}", "runs", undefined],
    ["runs/{id}", "runs/42/more", undefined],
    ["runs/{id?}", "runs", {}],
    ["runs/{id=latest}", "runs", { id: "latest" }],
    ["runs/{id=latest}/{part=all}", "runs/7", { id: "7", part: "all" }],
    ["runs/{id:int=5}", "runs", { id: "5" }],
    ["{lang?}/docs", "docs", undefined],
    ["files/{*rest}", "files/a/b", { rest: "a/b" }],
    ["files/{**rest}", "files", {}],
    ["files/{*rest=index}", "files", { rest: "index" }],
    ["files/{*rest:maxlength(3)}", "files/a/b", { rest: "a/b" }],
    ["files/{*rest:maxlength(3)}", "files/a/bc", undefined],
    ["{name}.{extension}", "a.b.c", { name: "a.b", extension: "c" }],
    ["{name}.{extension}", "a.", undefined],
    ["{name}.{extension}", ".c", undefined],
    ["{name}.{extension?}", "a", { name: "a" }],
    ["{name}.{extension?}", "a.b", { name: "a", extension: "b" }],
    ["v{version}-{x}", "V1-2-3", { version: "1-2", x: "3" }],
    ["v{version:int}-{x}", "v1-2-3", undefined],
    ["v{version}", "w1", undefined],
    ["({x})", "(1)", { x: "1" }],
    ["{{literal}}", "{literal}", {}],
    ["größe/{x}", "GRÖSSE/1", undefined],
    ["größe/{x}", "GRÖßE/1", { x: "1" }],
    ["", "", {}],
  ])("%s on '%s' gives %j", (template, path, parameters) => {
    expect(match(template, path)).toEqual(parameters);
  });

  test("a hostile path takes no longer than any other", () => {
    const template = parseRoute("{a}-{b}-{c}-{d}-{e}-{f}x", "fn");
    const path = ["-".repeat(8000)];
    const begin = performance.now();

    expect(matchRoute(template, path)).toBeUndefined();
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});

describe("constraints", () => {
  test.each([
    ["int", "-2147483648", "2147483648"],
    ["long", "9223372036854775807", "9223372036854775808"],
    ["int", " 12 ", "1_2"],
    ["int", "+7", "7.0"],
    ["alpha", "abC", "ab1"],
    ["bool", "TRUE", "yes"],
    ["guid", "0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165"],
    ["guid", "0f8fad5bd9cb469fa16570867728950e", "0f8fad5b-d9cb469fa16570867728950e"],
    ["guid", "{0f8fad5b-d9cb-469f-a165-70867728950e}", "{0f8fad5b-d9cb-469f-a165-70867728950e)"],
    ["datetime", "2026-11-25T08:30:00Z", "yesterday"],
    ["datetime", "2026-11-25", "2026-13-25"],
    ["decimal", "1,234.5", "1e3"],
    ["double", "-1.5e-3", "1.5.2"],
    ["float", ".5", "e5"],
    ["length(2)", "ab", "abc"],
    ["length(2,3)", "abc", "a"],
    ["minlength(2)", "ab", "a"],
    ["maxlength(2)", "ab", "abc"],
    ["min(-1)", "-1", "-2"],
    ["max(5)", "5", "6"],
    ["range(1,5)", "5", "0"],
    ["range(1,5)", "1", "one"],
    ["int:min(1)", "1", "0"],
    ["int:range(1,5):regex(^[2-4]$)", "3", "5"],
    ["regex(^\\d{{2}}-(a|b)$)", "12-A", "123-a"],
    ["regex(a:b=c?)", "xa:b=d", "x"],
    ["regex(^(x|y/z)$)", "X", "y"],
  ])("{x:%s} takes '%s' and not '%s'", (constraint, good, bad) => {
    const template = `{x:${constraint}}`;

    expect(match(template, good)).toEqual({ x: good });
    expect(match(template, bad)).toBeUndefined();
  });

  test("a number of any length is read quickly", () => {
    const begin = performance.now();

    expect(match("{x:long}", "9".repeat(8000))).toBeUndefined();
    expect(performance.now() - begin).toBeLessThan(100);
  });
});

describe("precedence", () => {
  test("is ASP.NET's: literals, then mixtures and constraints, then the rest", () => {
    const templates = [
      "{*path:int}",
      "{*path}",
      "runs/{id}",
      "runs",
      "runs/{id:int}",
      "runs/latest",
      "{x}/latest",
      "v{x}/latest",
    ];

    const sorted = templates
      .map((template) => ({ template, route: parseRoute(template, "fn") }))
      .toSorted((a, b) => compareRoutes(a.route, b.route))
      .map(({ template }) => template);

    expect(sorted).toEqual([
      "runs",
      "runs/latest",
      "runs/{id:int}",
      "runs/{id}",
      "v{x}/latest",
      "{x}/latest",
      "{*path:int}",
      "{*path}",
    ]);
  });
});

describe("a template that is wrong is refused with its function and its part", () => {
  test.each([
    ["{id", "'{id' has a brace without its other half"],
    ["id}", "'}' has a brace without its other half"],
    ["{}", "'{}' has no name"],
    ["{a}{b}", "'{a}{b}': two parameters need something between them"],
    ["{a}/{A}", "{A} appears more than once"],
    ["{*a}/b", "{*a} takes the rest of the path: put it last"],
    ["x{*a}", "'x{*a}': {*a} must be alone between its slashes"],
    ["{a?}-b", "an optional parameter beside something else must be at the end"],
    ["{a}-{b?}", "an optional parameter beside something else must be at the end, after a dot"],
    ["{a=1?}", "'{a=1?}' is optional already"],
    ["{*a?}", "'{*a?}' is optional already"],
    ["{id:number}", "'{id:number}': 'number' is no constraint"],
    ["{id:length()}", "'length()' is no constraint"],
    ["{id:range(1)}", "'range(1)' is no constraint"],
    ["{id:min(1,2)}", "'min(1,2)' is no constraint"],
    ["{id:int(5)}", "'int(5)' is no constraint"],
    ["{id:regex([)}", "'regex([)' is no constraint"],
    ["{id:constructor}", "'constructor' is no constraint"],
  ])("%s", (template, message) => {
    expect(() => parseRoute(template, "myFunction")).toThrow(
      `Function 'myFunction', route '${template}': `,
    );
    expect(() => parseRoute(template, "myFunction")).toThrow(message);
  });
});
