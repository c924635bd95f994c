import type { RowFault } from "./row-problem.ts";

/** KAITO's loader needs one schema for the whole file. */
export type RowKind = "messages" | "prompt and completion";

export type CheckedRow =
  | {
      readonly ok: true;
      readonly kind: RowKind;
      /** Exactly the fields that the trainer reads, as one line of JSON without its end. */
      readonly json: string;
      /** Fields that were left out: `source`, `messages[].name`. */
      readonly dropped: readonly string[];
    }
  | ({ readonly ok: false } & RowFault);

type Fields = Readonly<Record<string, unknown>>;

const ROLES = ["system", "user", "assistant"];
const ALLOWED = "a row has messages, or prompt and completion";

/** Formats that people bring, by the columns that give them away. */
const FOREIGN: readonly { readonly columns: readonly string[]; readonly name: string }[] = [
  { columns: ["instruction", "output"], name: "Alpaca's columns" },
  { columns: ["conversations"], name: "ShareGPT's column" },
  { columns: ["chosen", "rejected"], name: "preference columns" },
  { columns: ["question", "answer"], name: "question and answer columns" },
  { columns: ["input", "output"], name: "input and output columns" },
  { columns: ["text"], name: "a plain text column" },
];
const SHOWN_COLUMNS = 6;

/**
 * Checks one row against what KAITO's trainer reads (kaito.md 7.3).
 *
 * A field that the trainer does not read is dropped and reported, not refused: exports carry ids and notes
 * in every row, and none of them can change what is learnt.
 */
export function checkRow(row: unknown): CheckedRow {
  if (!isFields(row)) {
    return fault("not-an-object", `the row is ${describe(row)}; it must be an object`);
  }
  const hasMessages = row["messages"] !== undefined;
  const hasPrompt = row["prompt"] !== undefined || row["completion"] !== undefined;
  if (hasMessages && hasPrompt) {
    return fault(
      "wrong-columns",
      "messages beside prompt or completion; it must be one of the two",
    );
  }
  if (hasMessages) return checkMessages(row);
  if (hasPrompt) return checkPrompt(row);
  return fault("wrong-columns", `${describeColumns(row)}; ${ALLOWED}`);
}

function checkPrompt(row: Fields): CheckedRow {
  const { prompt, completion } = row;
  const wrong = textFault("prompt", prompt) ?? textFault("completion", completion);
  if (wrong !== undefined) return fault("wrong-value", wrong);
  return {
    ok: true,
    kind: "prompt and completion",
    json: JSON.stringify({ prompt, completion }),
    dropped: Object.keys(row).filter((key) => key !== "prompt" && key !== "completion"),
  };
}

function checkMessages(row: Fields): CheckedRow {
  const { messages } = row;
  if (!Array.isArray(messages) || messages.length === 0) {
    const found = Array.isArray(messages) ? "an empty list" : describe(messages);
    return fault("wrong-value", `messages is ${found}; it must be a list of messages`);
  }
  const list: readonly unknown[] = messages;
  const kept: Message[] = [];
  const dropped = Object.keys(row).filter((key) => key !== "messages");
  for (const [index, value] of list.entries()) {
    const message = readMessage(value, `messages[${index}]`);
    if (typeof message === "string") return fault("wrong-value", message);
    const { role, content, ...rest } = message;
    kept.push({ role, content });
    dropped.push(...Object.keys(rest).map((key) => `messages[].${key}`));
  }
  const wrong = conversationFault(kept);
  if (wrong !== undefined) return fault("wrong-value", wrong);
  return { ok: true, kind: "messages", json: JSON.stringify({ messages: kept }), dropped };
}

interface Message {
  readonly role: unknown;
  readonly content: unknown;
}

/** @returns the message with all its fields, or what is wrong with it */
function readMessage(value: unknown, path: string): Message | string {
  if (!isFields(value)) {
    return `${path} is ${describe(value)}; it must be an object with role and content`;
  }
  const { role, content } = value;
  if (!ROLES.some((known) => known === role)) {
    return `${path}.role is ${describeWord(role)}; it must be one of ${ROLES.join(", ")}`;
  }
  return textFault(`${path}.content`, content) ?? { ...value, role, content };
}

function conversationFault(messages: readonly Message[]): string | undefined {
  if (!messages.some(({ role }) => role === "user")) return "messages has no message of the user";
  return messages.at(-1)?.role === "assistant"
    ? undefined
    : "messages does not end with a message of the assistant: there is nothing to learn";
}

/** Text that the tokenizer and the Arrow table in front of it can take. */
function textFault(path: string, value: unknown): string | undefined {
  if (typeof value !== "string") return `${path} is ${describe(value)}; it must be a text`;
  if (value.trim() === "") return `${path} is an empty text`;
  if (value.includes("\0")) return `${path} has a NUL character`;
  return value.isWellFormed() ? undefined : `${path} has half of a surrogate pair`;
}

function describeColumns(row: Fields): string {
  const columns = Object.keys(row);
  if (columns.length === 0) return "the row is empty";
  const foreign = FOREIGN.find((known) =>
    known.columns.every((column) => columns.includes(column)),
  );
  const more = columns.length > SHOWN_COLUMNS ? ", ..." : "";
  const names = columns.slice(0, SHOWN_COLUMNS).map(describeWord).join(", ") + more;
  return foreign === undefined
    ? `the row has ${names}`
    : `${foreign.name} (${names}) are not read by KAITO's trainer`;
}

const LONGEST_WORD = 40;

/** A role or a column's name: a word of the format, not of the data. */
function describeWord(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, LONGEST_WORD)) : describe(value);
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function fault(code: RowFault["code"], message: string): CheckedRow {
  return { ok: false, code, message };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
