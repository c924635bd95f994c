import { describe, expect, test } from "vitest";
import type { z } from "zod";

import {
  ContainerName,
  Cron,
  Duration,
  Name,
  Percentage,
  Prefix,
  RepositoryName,
  ServingName,
  SettingName,
} from "../../../../shared/domain/pipeline/fields.ts";

interface Cases {
  readonly field: z.ZodType;
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const TABLE: Readonly<Record<string, Cases>> = {
  name: {
    field: Name,
    good: ["support", "a", "7", "a-b", "a".repeat(30)],
    bad: ["", "Support", "a_b", "-a", "a-", "a.b", "a".repeat(31), "ä", "a\n"],
  },
  "serving name": { field: ServingName, good: ["support"], bad: ["7support"] },
  container: {
    field: ContainerName,
    good: ["abc", "data-1", "a".repeat(63)],
    bad: ["ab", "a--b", "-ab", "abc-", "Data", "a".repeat(64), "rollforward", "pipelines", "$web"],
  },
  prefix: {
    field: Prefix,
    good: ["support/", "a/b c/", "日本/"],
    bad: [
      "",
      "/",
      "support",
      "/a/",
      "a//b/",
      "../",
      "a/./",
      "a/..",
      "a?/",
      "a\u0000/",
      "a\n/",
      "%2e/",
    ],
  },
  repository: {
    field: RepositoryName,
    good: ["adapters", "adapters/support", "a/b/c", "a.b_c__d-e"],
    bad: ["", "A/b", "a:v1", "a@sha256", "/a", "a/", "a//b", "a..b", "a".repeat(201)],
  },
  setting: {
    field: SettingName,
    good: ["ROLLFORWARD_SECRET_SUPPORT", "ROLLFORWARD_SECRET_A1_B"],
    bad: [
      "ROLLFORWARD_SECRET_",
      "AzureWebJobsStorage",
      "ROLLFORWARD_SECRET_a",
      "ROLLFORWARD_KEY_A",
    ],
  },
  cron: {
    field: Cron,
    good: ["0 3 * * 1", "*/5 * * * *"],
    bad: ["", "daily", "0 3 * *", "0 0 3 * * 1", "0 3 * * 1\n", `0 3 * * ${"1,".repeat(60)}`],
  },
};

describe.each(Object.entries(TABLE))("a %s", (_, { field, good, bad }) => {
  test.each(good)("may be %j", (text) => {
    expect(field.safeParse(text).success).toBe(true);
  });

  test.each(bad)("may not be %j", (text) => {
    expect(field.safeParse(text).success).toBe(false);
  });
});

describe("a duration", () => {
  test.each([
    ["500ms", 500],
    ["90s", 90_000],
    ["2m", 120_000],
    ["72h", 259_200_000],
    ["3d", 259_200_000],
  ])("%s is %d milliseconds", (text, ms) => {
    expect(Duration.parse(text)).toBe(ms);
  });

  test.each(["", "2", "0s", "2 m", "2M", "1h30m", "-1s", "1.5h", "2w", "99999999s", "1e3s"])(
    "may not be %j",
    (text) => {
      expect(Duration.safeParse(text).success).toBe(false);
    },
  );
});

describe("a percentage", () => {
  test.each([
    ["5%", 0.05],
    ["0%", 0],
    ["12.5%", 0.125],
  ])("%s is the fraction %d", (text, fraction) => {
    expect(Percentage.parse(text)).toBe(fraction);
  });

  test.each(["5", "0.05", "100%", "-5%", "%", "5 %"])("may not be %j", (text) => {
    expect(Percentage.safeParse(text).success).toBe(false);
  });
});
