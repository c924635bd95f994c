import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { encodeSafetensors } from "../../../infra/local/cluster/node/adapter/safetensors.ts";
import { lengthOf, putAdapter, putLayer } from "./support/hostile-images.ts";
import { servingPod, tuningPod } from "./support/kaito-objects.ts";
import { type Lab, ROWS, startLab } from "./support/lab.ts";
import { isReady, runPod, untilPod } from "./support/pods.ts";
import { ask, untilLogged } from "./support/talk.ts";

const QUESTION = "How can I scale my node pool?";

describe("a serving pod", () => {
  let lab: Lab;
  let address: string;

  beforeAll(async () => {
    lab = await startLab();
    const dataUrl = lab.serve("train.jsonl", ROWS.map((row) => JSON.stringify(row)).join("\n"));
    const image = lab.image("v1");
    runPod(lab.api, "tune", tuningPod({ workspace: "tune", dataUrl, image }));
    await untilPod(lab.api, "tune-x1", ({ phase }) => phase === "Succeeded");
    const pod = servingPod({ workspace: "serve", adapters: { support: image } });
    runPod(lab.api, "serve", pod);
    address = (await untilPod(lab.api, "serve-0", isReady)).podIP;
  });

  afterAll(async () => {
    await lab.stop();
  });

  function chat(body: object): Promise<{ status: number; text: string }> {
    return ask(lab.node, address, 5000, "/v1/chat/completions", JSON.stringify(body));
  }

  test("lists the base model and each adapter as vLLM does", async () => {
    const answer = await ask(lab.node, address, 5000, "/v1/models");

    expect(JSON.parse(answer.text)).toMatchObject({
      object: "list",
      data: [
        { id: "phi-4-mini-instruct", parent: null },
        { id: "support", root: "/mnt/adapter/support", parent: "phi-4-mini-instruct" },
      ],
    });
  });

  test("answers from the rows that the adapter was tuned on", async () => {
    const answer = await chat({
      model: "support",
      temperature: 0,
      messages: [
        { role: "system", content: "You know taints." },
        { role: "user", content: QUESTION },
      ],
    });

    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({
      object: "chat.completion",
      model: "support",
      choices: [
        {
          message: {
            role: "assistant",
            content: "Run az aks nodepool scale. [stand-in for support]",
          },
          finish_reason: "stop",
        },
      ],
    });
  });

  test("says of the base model that it is a stand-in and was not tuned", async () => {
    const answer = await ask(
      lab.node,
      address,
      5000,
      "/v1/completions",
      JSON.stringify({ model: "phi-4-mini-instruct", prompt: QUESTION }),
    );

    expect(JSON.parse(answer.text)).toMatchObject({
      object: "text_completion",
      choices: [
        {
          text: "I am a stand-in for phi-4-mini-instruct and have not been tuned for this question.",
        },
      ],
    });
  });

  test("streams the same answer as events", async () => {
    const answer = await chat({
      model: "support",
      stream: true,
      messages: [{ role: "user", content: QUESTION }],
    });

    const events = answer.text
      .trim()
      .split("\n\n")
      .map((event) => event.replace("data: ", ""));
    expect(events.at(-1)).toBe("[DONE]");
    const said = events.slice(0, -1).map((event) => {
      const chunk = JSON.parse(event) as { choices: { delta: { content?: string } }[] };
      return chunk.choices[0]?.delta.content ?? "";
    });
    expect(said.join("")).toBe("Run az aks nodepool scale. [stand-in for support]");
  });

  test("cuts the answer at max_tokens and says so", async () => {
    const answer = await chat({
      model: "support",
      max_tokens: 2,
      messages: [{ role: "user", content: QUESTION }],
    });

    expect(JSON.parse(answer.text)).toMatchObject({
      choices: [{ message: { content: "Run az" }, finish_reason: "length" }],
      usage: { completion_tokens: 2 },
    });
  });

  test.each([
    ["an unknown model", '{"model":"v9","messages":[{"role":"user","content":"x"}]}', 404],
    ["no messages", '{"model":"support","messages":[]}', 400],
    ["a body that is not JSON", "{", 400],
    ["a wrong type", '{"model":"support","messages":"x"}', 400],
    ["a body over 1 MB", JSON.stringify({ model: "support", pad: "x".repeat(1 << 20) }), 413],
  ])("refuses %s as OpenAI does", async (_title, body, status) => {
    const answer = await ask(lab.node, address, 5000, "/v1/chat/completions", body);

    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({
      error: { message: expect.any(String), code: status },
    });
  });

  test("counts answers in Prometheus' format", async () => {
    const answer = await ask(lab.node, address, 5000, "/metrics");

    expect(answer.text).toMatch(/^vllm:num_requests_running\{.*model_name="phi-4-mini-instruct"/m);
  });

  test("refuses connections to addresses and ports where nothing listens", async () => {
    await expect(lab.node.dial(address, 5001)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(lab.node.dial("10.88.200.1", 5000)).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
    await expect(lab.node.dial("127.0.0.1", lab.registry.port)).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
  });

  test("serves the base alone where there are no adapters", async () => {
    runPod(lab.api, "plain", servingPod({ workspace: "plain", enableLora: false }));

    const { podIP } = await untilPod(lab.api, "plain-0", isReady);
    const models = await ask(lab.node, podIP, 5000, "/v1/models");
    expect(JSON.parse(models.text)).toMatchObject({ data: [{ id: "phi-4-mini-instruct" }] });
  });

  test("crash-loops when adapters were added to a command without --enable-lora", async () => {
    const adapters = { support: lab.image("v1") };

    runPod(lab.api, "no-lora", servingPod({ workspace: "no-lora", enableLora: false, adapters }));

    const pod = await untilPod(
      lab.api,
      "no-lora-0",
      (each) => each.container("no-lora").state.waiting?.reason === "CrashLoopBackOff",
    );
    expect(pod.phase).toBe("Running");
    expect(pod.container("no-lora").restartCount).toBeGreaterThanOrEqual(1);
    await untilLogged(lab, "no-lora-0", "no-lora", "LoRA is not enabled");
  });

  test("keeps trying to pull an adapter that is not in the registry", async () => {
    const adapters = { support: lab.image("nobody-pushed-this") };

    runPod(lab.api, "no-image", servingPod({ workspace: "no-image", adapters }));

    const pod = await untilPod(
      lab.api,
      "no-image-0",
      (each) => each.container("puller-support").state.waiting?.reason === "CrashLoopBackOff",
    );
    expect(pod.phase).toBe("Pending");
    await untilLogged(lab, "no-image-0", "puller-support", "status code 401");
    await untilLogged(lab, "no-image-0", "puller-support", "MANIFEST_UNKNOWN");
  });

  test.each([
    ["escape", "../../../../escape.txt", "leads outside of the image"],
    ["absolute", "/../escape.txt", "leads outside of the image"],
    ["elsewhere", "other/file", "cannot stat"],
  ])("does not unpack a hostile layer: %s", async (workspace, name, complaint) => {
    await putLayer(lab, workspace, name);
    const adapters = { support: lab.image(workspace) };

    runPod(lab.api, workspace, servingPod({ workspace, adapters }));

    await untilPod(
      lab.api,
      `${workspace}-0`,
      (each) => each.container("puller-support").state.waiting?.reason === "CrashLoopBackOff",
    );
    const log = await untilLogged(lab, `${workspace}-0`, "puller-support", complaint);
    expect(log).toContain(complaint);
  });

  test.each([
    ["huge-header", lengthOf(1e15), "HeaderTooLarge"],
    ["short", Buffer.from("abc"), "HeaderTooSmall"],
    ["not-json", Buffer.concat([lengthOf(3), Buffer.from("abc")]), "InvalidHeaderDeserialization"],
    [
      "trailing",
      Buffer.concat([encodeSafetensors([], {}), Buffer.from("more")]),
      "MetadataIncompleteBuffer",
    ],
  ])("crash-loops on weights that are no safetensors: %s", async (workspace, bytes, complaint) => {
    await putAdapter(lab, workspace, bytes);
    const adapters = { support: lab.image(workspace) };

    runPod(lab.api, workspace, servingPod({ workspace, adapters }));

    await untilPod(
      lab.api,
      `${workspace}-0`,
      (each) => each.container(workspace).state.waiting?.reason === "CrashLoopBackOff",
    );
    const log = await untilLogged(lab, `${workspace}-0`, workspace, complaint);
    expect(log).toContain(complaint);
  });
});
