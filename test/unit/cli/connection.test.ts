import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { findConnection } from "../../../cli/connection.ts";

const LOCAL = { url: "http://127.0.0.1:7071/", key: "local-key" };

describe("findConnection", () => {
  let directory: string;

  const writeLocal = async (text: string): Promise<void> => {
    await mkdir(path.join(directory, ".rollforward"));
    await writeFile(path.join(directory, ".rollforward/local.json"), text);
  };

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "rollforward-connection-"));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  test("finds the local stack of a folder above, with its key and authority", async () => {
    const caFile = path.join(directory, "ca.pem");
    const below = path.join(directory, "a/b");
    await writeFile(caFile, "PEM");
    await writeLocal(JSON.stringify({ ...LOCAL, caFile }));
    await mkdir(below, { recursive: true });

    const found = findConnection({ env: {}, directory: below });

    expect(found).toEqual({ url: "http://127.0.0.1:7071", key: "local-key", ca: "PEM" });
  });

  test("prefers --url to ROLLFORWARD_URL to the local stack", async () => {
    await writeLocal(JSON.stringify(LOCAL));
    const env = { ROLLFORWARD_URL: "https://env.example/", ROLLFORWARD_KEY: "mine" };

    const byOption = findConnection({ url: "https://option.example/app/", env, directory });
    const byEnv = findConnection({ env, directory });

    expect(byOption.url).toBe("https://option.example/app");
    expect(byEnv).toEqual({ url: "https://env.example", key: "mine", ca: undefined });
  });

  test("gives the local stack's key and authority to nobody else", async () => {
    await writeFile(path.join(directory, "ca.pem"), "PEM");
    await writeLocal(JSON.stringify({ ...LOCAL, caFile: path.join(directory, "ca.pem") }));

    const other = findConnection({ url: "https://other.example", env: {}, directory });
    const same = findConnection({ url: "http://127.0.0.1:7071", env: {}, directory });

    expect(other).toEqual({ url: "https://other.example", key: undefined, ca: undefined });
    expect(same).toMatchObject({ key: "local-key", ca: "PEM" });
  });

  test("takes an empty setting as none", async () => {
    await writeLocal(JSON.stringify(LOCAL));
    const env = { ROLLFORWARD_URL: "", ROLLFORWARD_KEY: "" };

    const found = findConnection({ env, directory });

    expect(found).toMatchObject({ url: "http://127.0.0.1:7071", key: "local-key" });
  });

  test.each`
    url                                | says
    ${"my app"}                        | ${"--url is not a URL"}
    ${"localhost:7071"}                | ${"--url is not a URL"}
    ${"file:///etc/passwd"}            | ${"--url is not a URL"}
    ${"ftp://me:secret@app.example"}   | ${"--url is not a URL"}
    ${"https://me:secret@app.example"} | ${"a key belongs in ROLLFORWARD_KEY"}
    ${"https://app.example/?code=key"} | ${"a key belongs in ROLLFORWARD_KEY"}
  `("refuses $url", ({ url, says }: Record<string, unknown>) => {
    const find = () => findConnection({ url: String(url), env: {}, directory });

    expect(find).toThrow(expect.objectContaining({ name: "UsageError" }));
    expect(find).toThrow(String(says));
    expect(find).not.toThrow("secret@");
  });

  test("says where to look when there is nothing to connect to", () => {
    expect(() => findConnection({ env: {}, directory })).toThrow(/npm start.*ROLLFORWARD_URL/);
  });

  test.each(["", "{", '{"url":"nowhere","key":"k"}', "[]"])(
    "names the local stack's file when it says %j",
    async (text) => {
      await writeLocal(text);

      expect(() => findConnection({ env: {}, directory })).toThrow(
        path.join(directory, ".rollforward/local.json"),
      );
    },
  );
});
