import { defineConfig } from "vitest/config";

/** The app on the local host against the whole local stack, with processes that are really killed. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    globalSetup: ["test/e2e/support/build-app.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Two cores carry two stacks of a dozen servers each, and one more that mostly waits.
    maxWorkers: 3,
    maxConcurrency: 4,
  },
});
