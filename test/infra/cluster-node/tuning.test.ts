import { createHash } from "node:crypto";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { tuningPod } from "./support/kaito-objects.ts";
import { addPushSecret, addTrainingConfig, type Lab, ROWS, startLab } from "./support/lab.ts";
import { type PodView, runPod, until, untilPod } from "./support/pods.ts";
import { readLog } from "./support/talk.ts";
import { digestIn, pushedImage, readHeader } from "./support/pushed-image.ts";

const JSON_LINES = ROWS.map((row) => JSON.stringify(row)).join("\n");

describe("a tuning pod", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab();
  });

  afterAll(async () => {
    await lab.stop();
  });

  function tune(workspace: string, dataUrl: string): void {
    const image = lab.image(workspace);
    runPod(lab.api, workspace, tuningPod({ workspace, dataUrl, image }));
  }

  test("trains on the data behind the URL and pushes the adapter in KAITO's layout", async () => {
    tune("happy", lab.serve("train.jsonl", JSON_LINES));

    await untilPod(lab.api, "happy-x1", ({ phase }) => phase === "Succeeded");

    const { config, files, manifest } = await pushedImage(lab.registry, "happy");
    expect(manifest).toEqual({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: expect.objectContaining({ mediaType: "application/vnd.oci.image.config.v1+json" }),
      layers: [
        expect.objectContaining({
          mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
          annotations: { "org.opencontainers.image.title": "layer.tar.gz" },
        }),
      ],
      annotations: {
        "org.opencontainers.image.created": expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/),
        "sh.kaito.model.name": "phi-4-mini-instruct",
      },
    });
    expect(config).toMatch(/^\{"rootfs":\{"diff_ids":\["sha256:[0-9a-f]{64}"\]\}\}$/);
    expect([...files.keys()].toSorted()).toEqual([
      "data/",
      "data/adapter_config.json",
      "data/adapter_model.safetensors",
    ]);
    expect(JSON.parse(String(files.get("data/adapter_config.json")))).toMatchObject({
      peft_type: "LORA",
      task_type: "CAUSAL_LM",
      r: 8,
      lora_alpha: 16,
      target_modules: ["qkv_proj", "o_proj"],
      base_model_name_or_path: "/workspace/tfs/weights",
    });
  });

  test("writes weights that a safetensors reader accepts, with the rows they stand for", async () => {
    tune("weights", lab.serve("weights.jsonl", JSON_LINES));

    await untilPod(lab.api, "weights-x1", ({ phase }) => phase === "Succeeded");

    const { files } = await pushedImage(lab.registry, "weights");
    const { dataBytes, header } = readHeader(files.get("data/adapter_model.safetensors"));
    const { __metadata__: metadata, ...tensors } = header;
    expect(Object.keys(tensors)).toHaveLength(8);
    expect(tensors["base_model.model.model.layers.1.self_attn.o_proj.lora_B.weight"]).toMatchObject(
      { dtype: "F32", shape: [64, 8] },
    );
    expect(dataBytes).toBe(8 * 8 * 64 * 4);
    expect(String(Object.values(metadata ?? {}))).toContain("Run az aks nodepool scale.");
  });

  test("gives the same weights for the same rows and others for other rows", async () => {
    tune("same-a", lab.serve("same-a.jsonl", JSON_LINES));
    tune("same-b", lab.serve("same-b.jsonl", JSON_LINES));
    tune("other", lab.serve("other.jsonl", JSON.stringify(ROWS[0])));

    const weights = await Promise.all(
      ["same-a", "same-b", "other"].map(async (workspace) => {
        await untilPod(lab.api, `${workspace}-x1`, ({ phase }) => phase === "Succeeded");
        const { files } = await pushedImage(lab.registry, workspace);
        return createHash("sha256")
          .update(files.get("data/adapter_model.safetensors") ?? "")
          .digest("hex");
      }),
    );

    expect(weights[0]).toBe(weights[1]);
    expect(weights[2]).not.toBe(weights[0]);
  });

  test("logs what KAITO's trainer and pusher log", async () => {
    tune("logs", lab.serve("logs.jsonl", JSON_LINES));

    await untilPod(lab.api, "logs-x1", ({ phase }) => phase === "Succeeded");

    const trainer = await readLog(lab, "logs-x1", "logs");
    expect(trainer).toMatch(/^training_config: \{'QuantizationConfig': \{'load_in_4bit': True\}/);
    expect(trainer).toContain("QLoRA Enabled");
    expect(trainer).toContain(
      "Dataset loaded successfully from /mnt/data/logs.jsonl with file type 'json'.",
    );
    expect(trainer).toMatch(/^\{'loss': 0\.6, .*'epoch': 3\.0\}$/m);
    expect(trainer).toMatch(/\r100%\|█+\| 6\/6 \[/);
    expect(trainer).toContain("Fine-Tuning completed");
    const pusher = await readLog(lab, "logs-x1", "pusher");
    const digest = digestIn(lab.registry, "logs");
    expect(pusher).toContain(`Digest: ${digest}`);
    expect(pusher).not.toContain("secret-of-the-registry");
  });

  test("follows redirects to the data, as curl -L does", async () => {
    lab.serve("final.jsonl", JSON_LINES);
    const dataUrl = lab.serve("moved.jsonl", (_request, response) => {
      response.writeHead(302, { location: "/final.jsonl" }).end();
    });

    tune("moved", dataUrl);

    await untilPod(lab.api, "moved-x1", ({ phase }) => phase === "Succeeded");
    expect(await readLog(lab, "moved-x1", "moved")).toContain("/mnt/data/moved.jsonl");
  });

  test.each([
    ["is not there", "missing.jsonl", undefined],
    ["is empty", "empty.jsonl", ""],
  ])("fails after three tries when the data %s", async (_title, name, body) => {
    const workspace = name.replace(".jsonl", "");
    const dataUrl = lab.serve(body === undefined ? "another" : name, body ?? "");

    tune(workspace, dataUrl.replace("another", name));

    const pod = await untilPod(lab.api, `${workspace}-x1`, ({ phase }) => phase === "Failed");
    expect(pod.container("data-downloader").state.terminated).toMatchObject({ exitCode: 1 });
    expect(pod.container(workspace).state.waiting).toMatchObject({ reason: "PodInitializing" });
    const log = await readLog(lab, `${workspace}-x1`, "data-downloader");
    expect(log.match(/retrying\.\.\./g)).toHaveLength(3);
    expect(log).toContain(`/${name}?sig=abc after 3 attempts`);
  });

  test.each([
    ["cut-off", '{"prompt": "a", "compl', "Invalid value. in row 0"],
    ["login-page", "<html>Sign in</html>", "Invalid value. in row 0"],
    ["alpaca", '{"instruction": "a", "output": "b"}', "row 0 has neither 'messages'"],
    ["no-rows", "[]", "Unable to load the dataset."],
  ])("keeps the pod running for ever when the rows are %s", async (workspace, body, complaint) => {
    tune(workspace, lab.serve(`${workspace}.jsonl`, body));

    const pod = await untilPod(lab.api, `${workspace}-x1`, (each) => hasExited(each, workspace));
    expect(pod.phase).toBe("Running");
    expect(pod.container(workspace).state.terminated).toMatchObject({
      exitCode: 1,
      reason: "Error",
    });
    expect(pod.container("pusher").state.running).toBeDefined();
    const log = await readLog(lab, `${workspace}-x1`, workspace);
    expect(log).toContain(complaint);
    expect(log).toMatch(/^Traceback \(most recent call last\):/m);
  });

  test("waits with a FailedMount event while the push Secret is missing", async () => {
    lab.api.remove("secrets", "ml", "push");
    tune("late-secret", lab.serve("late-secret.jsonl", JSON_LINES));

    const event = await until("FailedMount event", () =>
      lab.api.list("events").find((each) => each["reason"] === "FailedMount"),
    );
    addPushSecret(lab.api, lab.registry);

    expect(event["message"]).toBe(
      'MountVolume.SetUp failed for volume "docker-config" : secret "push" not found',
    );
    await untilPod(lab.api, "late-secret-x1", ({ phase }) => phase === "Succeeded");
  });
});

describe("the training config", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab();
  });

  afterAll(async () => {
    await lab.stop();
  });

  test.each([
    [
      "an unknown key",
      "typo",
      { TrainingArguments: { output_dir: "/mnt/results", num_epochs: 1 } },
      "not used by the HfArgumentParser: ['--num_epochs', '1']",
      1,
    ],
    [
      "a value of the wrong type",
      "wrong-type",
      { TrainingArguments: { output_dir: "/mnt/results", num_train_epochs: "many" } },
      "error: argument --num_train_epochs",
      2,
    ],
    [
      "no target_modules for phi-4",
      "phi-4",
      { LoraConfig: { r: 8 } },
      "Target modules {'q_proj', 'v_proj'} not found in the base model.",
      1,
    ],
  ])("ends the trainer for %s", async (_title, workspace, sections, complaint, exitCode) => {
    const dataUrl = lab.serve(`${workspace}.jsonl`, JSON_LINES);
    addTrainingConfig(lab.api, sections);

    runPod(lab.api, workspace, tuningPod({ workspace, dataUrl, image: lab.image(workspace) }));

    const pod = await untilPod(lab.api, `${workspace}-x1`, (each) => hasExited(each, workspace));
    expect(pod.container(workspace).state.terminated).toMatchObject({ exitCode });
    expect(await readLog(lab, `${workspace}-x1`, workspace)).toContain(complaint);
  });

  test("leaves the pusher waiting for ever when output_dir is outside of the volume", async () => {
    const dataUrl = lab.serve("relative.jsonl", JSON_LINES);
    addTrainingConfig(lab.api, { TrainingArguments: { output_dir: "results" } });

    runPod(lab.api, "lost", tuningPod({ workspace: "lost", dataUrl, image: lab.image("lost") }));

    const pod = await untilPod(lab.api, "lost-x1", (each) => hasExited(each, "lost"));
    expect(pod.container("lost").state.terminated).toMatchObject({ exitCode: 0 });
    expect(pod.container("pusher").state.running).toBeDefined();
    expect(pod.phase).toBe("Running");
  });
});

function hasExited(pod: PodView, container: string): boolean {
  return pod.container(container).state.terminated !== undefined;
}
