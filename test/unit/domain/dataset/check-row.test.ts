import { describe, expect, test } from "vitest";

import { checkRow } from "../../../../shared/domain/dataset/check-row.ts";

const USER = { role: "user", content: "Why?" };
const ASSISTANT = { role: "assistant", content: "So." };

function withMessages(...messages: readonly unknown[]) {
  return { messages };
}

describe("a good row", () => {
  test("of messages keeps role and content, in this order", () => {
    const system = { role: "system", content: "Be brief." };
    const row = checkRow(withMessages(system, { content: "Why?", role: "user" }, ASSISTANT));

    expect(row).toEqual({
      ok: true,
      kind: "messages",
      json: '{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Why?"},{"role":"assistant","content":"So."}]}',
      dropped: [],
    });
  });

  test("of prompt and completion keeps these two, in this order", () => {
    const row = checkRow({ completion: " So.\n", prompt: "Why?" });

    expect(row).toEqual({
      ok: true,
      kind: "prompt and completion",
      json: '{"prompt":"Why?","completion":" So.\\n"}',
      dropped: [],
    });
  });

  test("is told which of its fields the trainer does not read", () => {
    const messages = checkRow({ id: 7, messages: [{ ...USER, name: "Ann" }, ASSISTANT] });
    const prompt = checkRow({ prompt: "Why?", completion: "So.", source: "wiki" });

    expect(messages).toMatchObject({ ok: true, dropped: ["id", "messages[].name"] });
    expect(prompt).toMatchObject({ ok: true, dropped: ["source"] });
  });

  test("may hold any character that UTF-8 has", () => {
    const row = checkRow({ prompt: "\u2028 日本 🙂", completion: '"\\\u0001' });

    expect(row).toMatchObject({
      json: '{"prompt":"\u2028 日本 🙂","completion":"\\"\\\\\\u0001"}',
    });
  });
});

describe("a row of another format is refused by its name", () => {
  test.each([
    [
      { instruction: "a", input: "", output: "b" },
      `Alpaca's columns ("instruction", "input", "output")`,
    ],
    [{ conversations: [{ from: "human", value: "a" }] }, `ShareGPT's column ("conversations")`],
    [{ chosen: "a", rejected: "b" }, `preference columns ("chosen", "rejected")`],
    [{ question: "a", answer: "b" }, `question and answer columns ("question", "answer")`],
    [{ input: "a", output: "b" }, `input and output columns ("input", "output")`],
    [{ id: 1, text: "a" }, `a plain text column ("id", "text")`],
  ])("%j", (row, name) => {
    expect(checkRow(row)).toEqual({
      ok: false,
      code: "wrong-columns",
      message: `${name} are not read by KAITO's trainer; a row has messages, or prompt and completion`,
    });
  });
});

describe("a bad row", () => {
  test.each([
    [7, "not-an-object", "the row is a number; it must be an object"],
    ["{}", "not-an-object", "the row is a string; it must be an object"],
    [null, "not-an-object", "the row is null; it must be an object"],
    [[USER], "not-an-object", "the row is a list; it must be an object"],
    [{}, "wrong-columns", "the row is empty; a row has messages, or prompt and completion"],
    [
      { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7 },
      "wrong-columns",
      'the row has "a", "b", "c", "d", "e", "f", ...; a row has messages, or prompt and completion',
    ],
    [
      { messages: [USER, ASSISTANT], prompt: "Why?" },
      "wrong-columns",
      "messages beside prompt or completion; it must be one of the two",
    ],
    [{ prompt: "Why?" }, "wrong-value", "completion is missing; it must be a text"],
    [{ completion: "So." }, "wrong-value", "prompt is missing; it must be a text"],
    [
      { prompt: [USER], completion: [ASSISTANT] },
      "wrong-value",
      "prompt is a list; it must be a text",
    ],
    [{ prompt: " \n", completion: "So." }, "wrong-value", "prompt is an empty text"],
    [{ prompt: "Why?", completion: "" }, "wrong-value", "completion is an empty text"],
    [{ prompt: "a\0b", completion: "So." }, "wrong-value", "prompt has a NUL character"],
    [
      { prompt: "Why?", completion: "\uD83D" },
      "wrong-value",
      "completion has half of a surrogate pair",
    ],
    [{ messages: "Why?" }, "wrong-value", "messages is a string; it must be a list of messages"],
    [{ messages: null }, "wrong-value", "messages is null; it must be a list of messages"],
    [withMessages(), "wrong-value", "messages is an empty list; it must be a list of messages"],
    [
      withMessages("Why?"),
      "wrong-value",
      "messages[0] is a string; it must be an object with role and content",
    ],
    [
      withMessages(USER, { role: "bot", content: "So." }),
      "wrong-value",
      'messages[1].role is "bot"; it must be one of system, user, assistant',
    ],
    [
      withMessages({ content: "Why?" }),
      "wrong-value",
      "messages[0].role is missing; it must be one of system, user, assistant",
    ],
    [
      withMessages(USER, { role: "tool", content: "7" }),
      "wrong-value",
      'messages[1].role is "tool"; it must be one of system, user, assistant',
    ],
    [
      withMessages({ role: "user", content: [{ type: "text", text: "Why?" }] }),
      "wrong-value",
      "messages[0].content is a list; it must be a text",
    ],
    [
      withMessages(USER, { role: "assistant", content: {} }),
      "wrong-value",
      "messages[1].content is an object; it must be a text",
    ],
    [withMessages(ASSISTANT), "wrong-value", "messages has no message of the user"],
    [
      withMessages(ASSISTANT, USER),
      "wrong-value",
      "messages does not end with a message of the assistant: there is nothing to learn",
    ],
  ])("%j", (row, code, message) => {
    expect(checkRow(row)).toEqual({ ok: false, code, message });
  });

  test("is described without its own text", () => {
    const secret = "my password is hunter2";
    const rows = [
      secret,
      { prompt: secret },
      { messages: secret },
      withMessages(secret),
      withMessages({ role: "user", content: secret }),
    ];

    expect(JSON.stringify(rows.map(checkRow))).not.toContain("hunter2");
  });
});
