import { describe, expect, test } from "vitest";

import { printFunctions } from "../../../infra/local/functions-host/print-functions.ts";
import { fixture, printedAtStart } from "./support/host-process.ts";

describe("printFunctions", () => {
  test("lists HTTP functions first, each kind by name, as func start does", () => {
    const text = printFunctions({
      origin: "http://localhost:7071",
      disabled: ["zeta", "Alpha"],
      functions: [
        { name: "tune", trigger: "orchestrationTrigger" },
        { name: "hello", trigger: "httpTrigger", route: "/api/hello", methods: ["GET", "POST"] },
        { name: "Any", trigger: "httpTrigger", route: "/api/any/{*rest}", methods: [] },
        { name: "nightly", trigger: "timerTrigger" },
      ],
    });

    expect(text).toBe(
      [
        "",
        "Functions:",
        "",
        "\tAny: http://localhost:7071/api/any/{*rest}",
        "",
        "\thello: [GET,POST] http://localhost:7071/api/hello",
        "",
        "\tnightly: timerTrigger",
        "",
        "\ttune: orchestrationTrigger",
        "",
        "Function Alpha is disabled.",
        "Function zeta is disabled.",
        "Press Ctrl+C to stop.",
      ].join("\n"),
    );
  });
});

describe("the program", () => {
  test("prints its address and the functions for people", async () => {
    const args = ["--root", fixture("hooks-app"), "--memory", "--port", "0"];

    const stdout = await printedAtStart(args, { "AzureWebJobs.rescued.Disabled": "true" });

    const port = /^url: http:\/\/127\.0\.0\.1:(\d+)$/m.exec(stdout)?.[1] ?? "";
    expect(stdout).toContain(
      `\nFunctions:\n\n\tlogs: [GET,POST] http://localhost:${port}/api/logs\n\n\tordered: `,
    );
    expect(stdout).toMatch(/\nFunction rescued is disabled\.\nPress Ctrl\+C to stop\.\n$/);
  });
});
