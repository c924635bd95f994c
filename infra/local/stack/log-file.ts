import { createWriteStream, mkdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";

/** Lines of one program, kept over restarts. */
export interface LogFile {
  readonly path: string;
  readonly write: (line: string) => void;
  /** The newest lines of this run. */
  readonly lastLines: () => readonly string[];
  close(): Promise<void>;
}

const MAX_BYTES = 10 * 1024 * 1024;
const LAST_LINES = 20;

/** One file for each program, opened when it is first needed. */
export interface Logs {
  open(name: string): LogFile;
  close(): Promise<void>;
}

export function openLogs(directory: string): Logs {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const files = new Map<string, LogFile>();
  return {
    open(name) {
      const file = files.get(name) ?? openLogFile(path.join(directory, `${name}.log`));
      files.set(name, file);
      return file;
    },
    async close() {
      await Promise.all([...files.values()].map((file) => file.close()));
    },
  };
}

function openLogFile(file: string): LogFile {
  putAside(file);
  const stream = createWriteStream(file, { flags: "a", mode: 0o600 });
  const last: string[] = [];
  return {
    path: file,
    write(line) {
      // What is said after the end has nobody to read it.
      if (stream.writable) stream.write(`${line}\n`);
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
    },
    lastLines: () => last,
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  };
}

/** One older file is kept, so that logs do not grow for ever. */
function putAside(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) {
    renameSync(file, `${file}.1`);
  }
}
