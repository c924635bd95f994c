import { expect, test } from "vitest";

import { startHost } from "./support/host-process.ts";
import { temporaryApp } from "./support/temporary-app.ts";

const CODE = `
const { app } = require("@azure/functions");
app.get("first", { route: "/items/{id}", handler: (request) => ({ jsonBody: request.params }) });
app.warmup("warm", { handler() { throw new Error("nobody warms this up"); } });`;

test("a prefix and a route may have slashes at both ends, settings go over host.json, and a warm-up is none here", async ({
  onTestFinished,
}) => {
  const hostJson = {
    version: "2.0",
    extensionBundle: { id: "Microsoft.Azure.Functions.ExtensionBundle", version: "[4.*, 5.0.0)" },
    extensions: { http: { routePrefix: "ignored" } },
    telemetryMode: "OpenTelemetry",
  };
  const root = await temporaryApp(
    { "host.json": JSON.stringify(hostJson), "package.json": '{"main":"m.js"}', "m.js": CODE },
    onTestFinished,
  );
  const host = await startHost(root, ["--memory"], {
    AzureFunctionsJobHost__extensions__http__routePrefix: "/v1/",
  });

  const answer = await fetch(`${host.url}/v1/items/7`);
  const body: unknown = await answer.json();
  await host.stop();

  expect(body).toEqual({ id: "7" });
  expect(host.functions).toMatchObject([
    { name: "first", route: "/v1/items/{id}" },
    { name: "warm", trigger: "warmupTrigger" },
  ]);
  expect(host.log()).not.toContain("nobody warms this up");
});
