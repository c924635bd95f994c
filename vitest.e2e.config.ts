import { defineConfig } from "vitest/config";

/** The app on the local host against the whole local stack, with processes that are really killed. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    globalSetup: ["test/e2e/support/build-app.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Two stacks of a dozen servers each are what two cores can carry.
    maxWorkers: 2,
    maxConcurrency: 4,
  },
});
