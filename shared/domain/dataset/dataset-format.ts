/** `jsonl`: one JSON object on each line. `json`: that, or one array of them. */
export type DatasetFormat = "jsonl" | "json";

export type RecognisedFormat =
  | { readonly ok: true; readonly format: DatasetFormat }
  | { readonly ok: false; readonly message: string };

const ALLOWED = "today: .jsonl and .json";

/** What a blob's name says about its content. */
export function datasetFormat(blob: string): RecognisedFormat {
  const extension = /[^/]\.([^./]+)$/.exec(blob)?.[1]?.toLowerCase();
  if (extension === "jsonl" || extension === "json") return { ok: true, format: extension };
  return {
    ok: false,
    message:
      extension === undefined
        ? `a file without an extension is not supported; ${ALLOWED}`
        : `.${extension} is not supported; ${ALLOWED}`,
  };
}
