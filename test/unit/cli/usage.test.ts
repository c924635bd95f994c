import { describe, expect, test } from "vitest";

import { rollforward } from "./support/rollforward.ts";

const COMMANDS = [
  "apply",
  "pipelines",
  "upload",
  "ask",
  "runs",
  "run",
  "cancel",
  "requests",
  "versions",
  "version",
];

const URL_OPTION = ["--url", "http://127.0.0.1:9"];

describe("wrong use", () => {
  test.each`
    words                                             | says
    ${["aply"]}                                       | ${"Did you mean apply?"}
    ${["runs", "--limt", "3"]}                        | ${"Did you mean --limit?"}
    ${["upload", "support"]}                          | ${"missing required argument 'file'"}
    ${["apply"]}                                      | ${"required option '-f, --file <file>' not specified"}
    ${["pipelines", "more"]}                          | ${"too many arguments"}
    ${["run", "Support_7"]}                           | ${"the id of a run, such as support-7"}
    ${["run", "../pipelines/x-1"]}                    | ${"the id of a run, such as support-7"}
    ${["versions", "Support"]}                        | ${"lower-case letters, digits and dashes"}
    ${["version", "support", "latest"]}               | ${"a number such as 3 or v3"}
    ${["runs", "--limit", "1e2"]}                     | ${"a number from 1 to 200"}
    ${["runs", "--limit", "201"]}                     | ${"a number from 1 to 200"}
    ${["requests", "--pipeline", "a/b"]}              | ${"the name of a pipeline"}
    ${["ask", "support", " "]}                        | ${"a text of at most 8,000 characters"}
    ${["upload", "support", "a.jsonl", "--name", ""]} | ${"a name of at most 200 characters"}
    ${["upload", "support", "./nowhere.jsonl"]}       | ${"There is no file ./nowhere.jsonl"}
    ${["apply", "-f", "./nowhere.yaml"]}              | ${"./nowhere.yaml: there is no such file"}
    ${["apply", "-f", "/"]}                           | ${"/: it is a folder, not a file"}
  `("$words is refused with exit code 2", async ({ words, says }: Record<string, unknown>) => {
    const ended = await rollforward([...(words as string[]), ...URL_OPTION]);

    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(says);
  });

  test("no command at all prints the help on standard error, with exit code 2", async () => {
    const ended = await rollforward([]);

    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain("Usage: rollforward");
  });

  test("a program reads the reason with --json", async () => {
    const ended = await rollforward(["upload", "support", "none.jsonl", "--json", ...URL_OPTION]);

    expect(ended.code).toBe(2);
    expect(JSON.parse(ended.stdout)).toEqual({
      error: { code: "INVALID", message: "There is no file none.jsonl" },
    });
  });

  test.each`
    words                           | message
    ${["--json", "rnus"]}           | ${"unknown command 'rnus'\n(Did you mean runs?)"}
    ${["runs", "--nope", "--json"]} | ${"unknown option '--nope'"}
    ${["upload", "a", "--json"]}    | ${"missing required argument 'file'"}
    ${["--json"]}                   | ${"A command is missing"}
  `("$words is answered with one document", async ({ words, message }: Record<string, unknown>) => {
    const ended = await rollforward(words as string[]);

    expect(ended.code).toBe(2);
    expect(JSON.parse(ended.stdout)).toEqual({ error: { code: "INVALID", message } });
  });
});

describe("help", () => {
  test("names every command and the settings, and succeeds", async () => {
    const ended = await rollforward(["--help"]);

    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain("ROLLFORWARD_KEY");
    expect(ended.stdout.match(/^ {2}[a-z]+(?= )/gm)?.map((name) => name.trim())).toEqual([
      ...COMMANDS,
      "help",
    ]);
  });

  test.each(COMMANDS)("%s has an example and the common options", async (command) => {
    const ended = await rollforward([command, "--help"]);

    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(new RegExp(`Examples:\n  rollforward ${command}`));
    expect(ended.stdout).toContain("--json");
    expect(ended.stdout).toContain("--url <url>");
  });

  test("the version is the package's", async () => {
    const ended = await rollforward(["--version"]);

    expect(ended).toMatchObject({ code: 0, stdout: "0.1.0\n" });
  });
});
