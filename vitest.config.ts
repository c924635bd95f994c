import { defineConfig } from "vitest/config";

/** Fast tests: no process of the local stack is started but those a contract suite needs. */
export default defineConfig({
  test: {
    include: ["test/unit/**/*.test.ts", "test/contract/**/*.test.ts", "test/infra/**/*.test.ts"],
    restoreMocks: true,
    // Most files wait for a server or a timer: one worker fewer than cores leaves half of two cores idle.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      include: ["functions/**", "orchestrations/**", "shared/**"],
      // Wiring: no logic, and what runs it is the host, in a process of its own (test/e2e).
      exclude: ["functions/main.ts", "functions/composition/**"],
      thresholds: {
        lines: 90,
        branches: 85,
        // Pure code has no excuse: nothing to mock, nothing to wait for.
        "orchestrations/**": { lines: 100, branches: 100 },
        "shared/domain/**": { lines: 100, branches: 100 },
      },
    },
  },
});
