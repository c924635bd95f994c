import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, test } from "vitest";

import { pushBlob, pushImage } from "./support/content.ts";
import { runProgram, startProgram } from "./support/program.ts";
import { start, temporaryDirectory, USER } from "./support/start.ts";

describe("npm run registry", () => {
  test("says in one document where it is and whom to trust, and stops cleanly", async () => {
    const data = await temporaryDirectory();

    const program = await startProgram(["--data", data]);
    const { client, ready } = program;
    const reply = await client.send("GET", "/v2/");
    const code = await program.kill("SIGTERM");

    expect(ready.url).toBe(`https://${ready.loginServer}`);
    expect(ready.loginServer).toMatch(/^localhost:\d+$/);
    expect(ready.caFile).toBe(path.join(data, "certificates", "ca.pem"));
    expect([reply.status, code]).toEqual([200, 0]);
  });

  test("makes a user when none is named, and takes it", async () => {
    const data = await temporaryDirectory();

    const { client, ready } = await startProgram(["--data", data], []);
    const { password, user } = ready;
    const basic = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    const reply = await client.with(basic).send("GET", "/v2/");

    expect(user).toBe("admin");
    expect(password).toMatch(/^[\w-]{24}$/);
    expect(reply.status).toBe(200);
  });

  test("explains its options", async () => {
    const { code, output } = await runProgram(["--help"]);

    expect(code).toBe(0);
    for (const option of ["--port", "--data", "--user", "--anonymous-pull", "--jwks", "--json"]) {
      expect(output).toContain(option);
    }
  });

  test.each([
    { argv: ["--port", "http"], says: "'http' is not a port" },
    { argv: ["--user", "pusher"], says: "write name:SETTING" },
    { argv: ["--user", "pusher:NOT_SET"], says: "NOT_SET, password of pusher, is not set" },
    { argv: ["--audience", "x"], says: "--audience needs --jwks" },
    { argv: ["--max-blob-bytes", "0"], says: "'0' is no number of bytes" },
    { argv: ["--nonsense"], says: "unknown option '--nonsense'" },
  ])("refuses $argv with exit code 2", async ({ argv, says }) => {
    const { code, errors, output } = await runProgram(argv);

    expect(code).toBe(2);
    expect(errors).toContain(says);
    expect(output).toBe("");
  });

  test("refuses a port and a directory that are taken, naming the option", async () => {
    const data = await temporaryDirectory();
    const running = await start({ dataDirectory: data });
    const { port } = new URL(running.url);

    const samePort = await runProgram(["--port", port]);
    const sameData = await runProgram(["--port", "0", "--data", data]);
    await running.stop();

    expect([samePort.code, sameData.code]).toEqual([2, 2]);
    expect(samePort.errors).toContain("--port");
    expect(sameData.errors).toContain("--data");
  });
});

const hasSkopeo = spawnSync("skopeo", ["--version"]).status === 0;

// skopeo is KAITO's puller; it is not an npm package, so not every machine has it.
describe.skipIf(!hasSkopeo)("skopeo (skipped where the program is not installed)", () => {
  test("inspects and copies an image as KAITO's puller does", async () => {
    const data = await temporaryDirectory();
    const { client, ready } = await startProgram(["--data", data]);
    const layer = await pushBlob(client, "adapters/support", "layer");
    await pushImage(client, "adapters/support", "v1", {
      layers: [{ ...layer, mediaType: "application/vnd.oci.image.layer.v1.tar" }],
    });
    const authFile = path.join(data, "auth.json");
    const auth = Buffer.from(`${USER.name}:${USER.password}`).toString("base64");
    await writeFile(authFile, JSON.stringify({ auths: { [ready.loginServer]: { auth } } }));
    const image = `docker://${ready.loginServer}/adapters/support:v1`;
    const env = { ...process.env, SSL_CERT_FILE: ready.caFile, REGISTRY_AUTH_FILE: authFile };

    const raw = spawnSync("skopeo", ["inspect", "--raw", image], { env, encoding: "utf8" });
    const copy = spawnSync("skopeo", ["copy", image, `dir:${path.join(data, "copy")}`], {
      env,
      encoding: "utf8",
    });

    expect(JSON.parse(raw.stdout)).toMatchObject({ layers: [{ digest: layer.digest }] });
    expect([copy.status, copy.stderr]).toEqual([0, ""]);
  });
});
