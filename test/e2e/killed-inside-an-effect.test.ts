import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { dataAbout } from "./support/datasets.ts";
import { expectOneOfEach } from "./support/expect-one-of-each.ts";
import { type Lab, startLab } from "./support/lab.ts";

interface Instant {
  readonly what: string;
  readonly method: string;
  readonly path: RegExp;
}

// The stand-in has stored the change and has not answered yet: then the host is killed with SIGKILL.
const INSTANTS: readonly Instant[] = [
  {
    what: "the stable Service of the first version is created",
    method: "POST",
    path: /\/namespaces\/ml\/services$/,
  },
  {
    what: "the training ConfigMap is created",
    method: "POST",
    path: /\/namespaces\/ml\/configmaps$/,
  },
  {
    what: "the tuning Workspace is created",
    method: "POST",
    path: /\/namespaces\/ml\/workspaces$/,
  },
  { what: "the push Secret is created", method: "POST", path: /\/namespaces\/ml\/secrets$/ },
  {
    what: "the version's tag is written",
    method: "PUT",
    path: /^\/v2\/adapters\/effects\/manifests\/v\d+$/,
  },
  { what: "the version's tag is locked", method: "PATCH", path: /\/_tags\/v\d+$/ },
  {
    what: "the lineage is attached",
    method: "PUT",
    path: /^\/v2\/adapters\/effects\/manifests\/sha256:/,
  },
  {
    what: "the tuning Workspace is deleted",
    method: "DELETE",
    path: /\/workspaces\/rf-effects-\d+$/,
  },
  {
    what: "the serving Workspace is patched",
    method: "PATCH",
    path: /\/workspaces\/effects-blue$/,
  },
];

const PIPELINE = "effects";

describe("a host that is killed when", () => {
  let lab: Lab;
  let armed: Instant | undefined;
  let hits = 0;

  const after = async ({ method, path }: { method: string; path: string }): Promise<void> => {
    if (armed?.method !== method || !armed.path.test(path)) return;
    armed = undefined;
    hits += 1;
    await lab.stack.functionsHost.kill();
  };

  beforeAll(async () => {
    lab = await startLab({ cluster: { intercept: { after } }, registry: { intercept: { after } } });
  });

  afterAll(async () => {
    await lab.stop();
  });

  test.each(INSTANTS.map((instant, index) => ({ ...instant, version: index + 1 })))(
    "$what reaches the same end",
    async ({ version, ...instant }) => {
      await lab.apply(PIPELINE);
      hits = 0;
      armed = instant;
      const word = `word${version}`;
      const etag = await lab.drop(PIPELINE, `${word}.jsonl`, dataAbout(word));
      await lab.stack.functionsHost.ended;
      await lab.stack.functionsHost.start();
      const { run = "" } = await lab.request(PIPELINE, etag);
      const ended = await lab.ended(run);
      // Or the next test would kill what is left of this run.
      await lab.settled(run);

      expect(hits).toBe(1);
      await expectOneOfEach(lab, ended, { pipeline: PIPELINE, version, word });
    },
  );
});
