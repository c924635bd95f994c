import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import type { TrainingRow } from "../../adapter/training-rows.ts";
import type { ContainerFiles } from "../../kubelet/pod-volumes.ts";
import { TrainerError } from "./python-text.ts";
import type { TrainingConfig } from "./training-config.ts";

/** kaito: dataset.py, SUPPORTED_EXTENSIONS; found anywhere in a file's name. */
const EXTENSIONS = ["csv", "json", "parquet", "arrow", "webdataset"];
const DATA_DIRECTORY = "/mnt/data";

export interface DataFile {
  /** As the trainer names it. */
  readonly path: string;
  readonly extension: string;
}

const Message = z.object({ role: z.string(), content: z.string() });
const Row = z.union([
  z.object({ messages: z.array(Message).min(1) }),
  z.object({ prompt: z.string(), completion: z.string() }),
]);

/**
 * The one file that is trained on (kaito: dataset.py, load_data).
 *
 * `os.walk` gives files in the order of the file system; here the order is by name.
 */
export async function findDataFile(
  { DatasetConfig }: TrainingConfig,
  files: ContainerFiles,
): Promise<DataFile> {
  const given = DatasetConfig.dataset_path;
  const found = given
    ? path.posix.join("/mnt", given.replaceAll(/^\/+|\/+$/g, ""))
    : await findFirst(files, DATA_DIRECTORY);
  if (found === undefined) {
    throw new TrainerError("ValueError: Unable to find a valid dataset file.");
  }
  return { path: found, extension: DatasetConfig.dataset_extension ?? extensionOf(found) };
}

/**
 * Reads JSON lines, or one JSON array, into questions and answers.
 *
 * @throws {TrainerError} as `datasets` and `trl` fail, with the row that did it in a line before
 */
export async function readRows(
  file: DataFile,
  files: ContainerFiles,
  note: (text: string) => void,
): Promise<readonly TrainingRow[]> {
  const unable = `ValueError: Unable to load dataset ${file.path} with file type '${file.extension}'`;
  if (file.extension !== "json") {
    note(`[stand-in] '${file.extension}' is not read here; the real trainer may read it`);
    throw new TrainerError(unable);
  }
  let text: string;
  try {
    text = await readFile(files.resolve(file.path), "utf8");
  } catch {
    note(`Error loading dataset: Unable to find '${file.path}'`);
    throw new TrainerError(unable);
  }
  const values = parseValues(text, note, unable);
  if (values.length === 0) throw new TrainerError("ValueError: Unable to load the dataset.");
  return values.flatMap((value, index) => toTrainingRows(value, index, note));
}

async function findFirst(files: ContainerFiles, directory: string): Promise<string | undefined> {
  const entries = await readdir(files.resolve(directory), { withFileTypes: true }).catch(() => []);
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const file = sorted.find((entry) => entry.isFile() && extensionIn(entry.name) !== undefined);
  if (file) return path.posix.join(directory, file.name);
  for (const entry of sorted.filter((each) => each.isDirectory())) {
    const found = await findFirst(files, path.posix.join(directory, entry.name));
    if (found !== undefined) return found;
  }
  return undefined;
}

function extensionOf(file: string): string {
  return extensionIn(path.posix.basename(file)) ?? path.posix.extname(file).slice(1);
}

function extensionIn(name: string): string | undefined {
  return EXTENSIONS.find((extension) => name.toLowerCase().includes(extension));
}

function parseValues(text: string, note: (text: string) => void, unable: string): unknown[] {
  const lines = text.trimStart().startsWith("[")
    ? [text]
    : text.split("\n").filter((line) => line.trim() !== "");
  const values = lines.map((line, index) => {
    try {
      const value: unknown = JSON.parse(line);
      return value;
    } catch {
      note(
        "Failed to load JSON with error <class 'pyarrow.lib.ArrowInvalid'>: " +
          `JSON parse error: Invalid value. in row ${index}`,
      );
      note("Error loading dataset: An error occurred while generating the dataset");
      throw new TrainerError(unable);
    }
  });
  return values.flat();
}

function toTrainingRows(
  value: unknown,
  index: number,
  note: (text: string) => void,
): TrainingRow[] {
  const row = Row.safeParse(value);
  if (!row.success) {
    note(
      `[stand-in] row ${index} has neither 'messages' (a list of {role, content}) ` +
        "nor 'prompt' and 'completion' as text",
    );
    throw new TrainerError("KeyError: None");
  }
  if ("prompt" in row.data) return [row.data];
  const { messages } = row.data;
  return messages.flatMap((message, position) => {
    if (message.role !== "assistant") return [];
    const asked = messages.slice(0, position).findLast(({ role }) => role === "user");
    return [{ prompt: asked?.content ?? "", completion: message.content }];
  });
}
