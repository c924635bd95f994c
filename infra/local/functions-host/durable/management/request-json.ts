import { Refusal } from "./refusal.ts";
import { reasonOf } from "../../../program/reason-of.ts";

/**
 * @returns the body as compact JSON text
 * @throws {Refusal} if it is not JSON
 */
export function readJsonText(body: Buffer): string {
  try {
    return JSON.stringify(JSON.parse(body.toString("utf8")));
  } catch (error) {
    throw Refusal.error(400, "Invalid JSON content", {
      message: reasonOf(error),
      type: "Newtonsoft.Json.JsonReaderException",
    });
  }
}
