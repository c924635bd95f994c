import { HttpRequest } from "@azure/functions";
import { describe, expect, test } from "vitest";

import { z } from "zod";

import { ApiFailure } from "../../../../functions/api/api-error.ts";
import { answer, type ApiHandler, parseBody } from "../../../../functions/api/handler.ts";
import { readPage } from "../../../../functions/api/paging.ts";
import { ApiError } from "../../../../shared/contracts/http-api.ts";
import { PermanentError, TransientError } from "../../../../shared/errors.ts";

interface Given {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly query?: Record<string, string>;
}

/** A request as the host's own library makes it. */
function request({ method = "POST", body, headers = {}, query = {} }: Given = {}): HttpRequest {
  return new HttpRequest({
    method,
    url: "https://app.example/api/runs",
    headers,
    query,
    params: { run: "support-1" },
    ...(body !== undefined && { body: { string: body } }),
  });
}

async function ask(handler: ApiHandler<unknown>, given: Given = {}) {
  const lines: string[] = [];
  const log = { error: (...line: unknown[]) => void lines.push(line.join(" ")) };
  const { status, jsonBody } = await answer(handler, request(given), log);
  return { status, body: jsonBody as unknown, lines };
}

describe("answer", () => {
  test("gives the handler path, query and body of the host's own request", async () => {
    const handler: ApiHandler<unknown> = async ({ params, query, body }) => ({
      params,
      limit: query.get("limit"),
      body,
    });

    const { status, body } = await ask(handler, { body: "hello", query: { limit: "5" } });

    expect(status).toBeUndefined(); // which the host takes for 200
    expect(body).toEqual({ params: { run: "support-1" }, limit: "5", body: "hello" });
  });

  test("takes a request without a body for an empty one", async () => {
    const { body } = await ask(async (given) => ({ body: given.body }), { method: "GET" });

    expect(body).toEqual({ body: "" });
  });

  test.each([
    [new ApiFailure("NOT_FOUND", "There is no run x"), 404, "NOT_FOUND", "There is no run x"],
    [new ApiFailure("CONFLICT", "It has ended"), 409, "CONFLICT", "It has ended"],
    [
      new TransientError("STORAGE_UNAVAILABLE", "busy"),
      503,
      "UNAVAILABLE",
      "STORAGE_UNAVAILABLE: busy",
    ],
    [new PermanentError("UNSUPPORTED", "no name"), 400, "UNSUPPORTED", "no name"],
    [
      new PermanentError("WORKSPACE_CHANGED", "not ours"),
      409,
      "CONFLICT",
      "WORKSPACE_CHANGED: not ours",
    ],
  ])("turns %s into %i %s", async (error, status, code, message) => {
    const answered = await ask(async () => {
      throw error;
    });

    expect(answered).toMatchObject({ status, body: { error: { code, message } }, lines: [] });
  });

  test("passes on details", async () => {
    const { body } = await ask(async () => {
      throw new PermanentError("DATASET_INVALID", "1 problem", { details: ["a.jsonl line 3"] });
    });

    expect(ApiError.parse(body).error.details).toEqual(["a.jsonl line 3"]);
  });

  test.each([
    new TypeError("cannot read sig=SECRET"),
    new PermanentError("INTERNAL", "row x?sig=SECRET"),
    "a thrown text with sig=SECRET",
  ])("tells a caller nothing of what broke inside: %s", async (error) => {
    const { status, body } = await ask(async () => {
      throw error;
    });

    expect(status).toBe(500);
    expect(body).toEqual({
      error: { code: "INTERNAL", message: "Something went wrong; the app's log says what" },
    });
  });

  test("logs what broke inside, but not the request that an SDK hangs onto its error", async () => {
    const cause = Object.assign(new Error("bad"), { request: { url: "?sig=SECRET" } });

    const { lines } = await ask(async () => {
      throw new Error("it broke", { cause });
    });

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^Error: it broke\n/);
    expect(lines[0]).not.toContain("SECRET");
  });

  test.each([
    { body: "x".repeat(512 * 1024 + 1) },
    { body: "ä".repeat(256 * 1024 + 1) },
    { body: "", headers: { "content-length": "600000" } },
  ])("refuses a body that is too large, without calling anybody", async (given) => {
    let called = false;

    const answered = await ask(async () => {
      called = true;
    }, given);

    expect(answered).toMatchObject({
      status: 413,
      body: { error: { code: "TOO_LARGE", message: "The body is larger than 512 KB" } },
    });
    expect(called).toBe(false);
  });

  test("takes a body of just the limit", async () => {
    const { body } = await ask(async (given) => given.body.length, {
      body: "x".repeat(512 * 1024),
    });

    expect(body).toBe(524_288);
  });
});

describe("parseBody", () => {
  const Body = z.strictObject({
    name: z.string(),
    inner: z.strictObject({ n: z.number() }).optional(),
  });

  test("parses, and takes no body for an empty object", () => {
    const Optional = z.strictObject({ by: z.string().default("unknown") });

    const parsed = [parseBody(Body, '{"name":"a"}'), parseBody(Optional, "")];

    expect(parsed).toEqual([{ name: "a" }, { by: "unknown" }]);
  });

  test("refuses what is not JSON, without quoting it", () => {
    const parse = (): unknown => parseBody(Body, "token=SECRET");

    expect(parse).toThrow(new ApiFailure("INVALID", "The body is not JSON"));
  });

  test.each([
    ['{"name":"a","nmae":1}', ['body: Unrecognized key: "nmae"']],
    ['{"name":1}', ["name: Invalid input: expected string, received number"]],
    [
      '{"name":"a","inner":{"n":"1"}}',
      ["inner.n: Invalid input: expected number, received string"],
    ],
    ["[]", ["body: Invalid input: expected object, received array"]],
  ])("names every place that is wrong in %s", (text, details) => {
    const parse = (): unknown => parseBody(Body, text);

    expect(parse).toThrow(expect.objectContaining({ code: "INVALID", details }));
  });
});

describe("readPage", () => {
  test("fills in what is not given", () => {
    expect(readPage(new URLSearchParams())).toEqual({ limit: 50 });
  });

  test("reads what is given, next to the key that Functions takes from there", () => {
    const query = new URLSearchParams("pipeline=support&limit=200&next=a%2Fb&code=KEY");

    expect(readPage(query)).toMatchObject({ pipeline: "support", limit: 200, next: "a/b" });
  });

  test.each([
    ["limit=0", "limit: Too small: expected number to be >=1"],
    ["limit=201", "limit: Too big: expected number to be <=200"],
    ["limit=ten", "limit: Invalid input: expected number, received NaN"],
    ["limit=1.5", "limit: Invalid input: expected int, received number"],
    ["pipeline=Support", /^pipeline: lower-case letters/],
    [`pipeline=${"x".repeat(31)}`, "pipeline: at most 30 characters"],
    [`next=${"x".repeat(2001)}`, /^next: Too big/],
    ["pipelin=support", 'query: Unrecognized key: "pipelin"'],
  ])("refuses %s", (query, detail) => {
    const read = (): unknown => readPage(new URLSearchParams(query));

    expect(read).toThrow(
      expect.objectContaining({ code: "INVALID", details: [expect.stringMatching(detail)] }),
    );
  });
});
