import { InvalidArgumentError } from "commander";

import { AskBody, UploadBody } from "../shared/contracts/http-api.ts";
import { Name } from "../shared/domain/pipeline/fields.ts";
import { RUN_ID } from "../shared/domain/run.ts";

// Readers of arguments, for commander: what is no name at all is wrong use, and no question to the app.

const MAX_LIMIT = 200;

export function pipelineName(text: string): string {
  const { success, error } = Name.safeParse(text);
  if (success) return text;
  const allowed = error.issues.map(({ message }) => message).join("; ");
  throw new InvalidArgumentError(`It must be the name of a pipeline: ${allowed}.`);
}

export function runName(text: string): string {
  if (RUN_ID.test(text)) return text;
  throw new InvalidArgumentError("It must be the id of a run, such as support-7.");
}

/** `3` or `v3` */
export function versionNumber(text: string): string {
  const number = text.replace(/^v/, "");
  if (/^[1-9][0-9]{0,8}$/.test(number)) return number;
  throw new InvalidArgumentError("It must be a number such as 3 or v3.");
}

export function limit(text: string): number {
  const number = Number(text);
  if (/^[0-9]+$/.test(text) && number >= 1 && number <= MAX_LIMIT) return number;
  throw new InvalidArgumentError(`It must be a number from 1 to ${MAX_LIMIT}.`);
}

export function question(text: string): string {
  if (text.trim() !== "" && AskBody.safeParse({ question: text }).success) return text;
  throw new InvalidArgumentError("It must be a text of at most 8,000 characters.");
}

export function blobName(text: string): string {
  if (UploadBody.safeParse({ name: text }).success) return text;
  throw new InvalidArgumentError("It must be a name of at most 200 characters.");
}
