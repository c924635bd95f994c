import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

import { z } from "zod";

import { whileBusy } from "../program/clock/busy.ts";
import { endOf, type ProcessEnd } from "./end-of.ts";
import type { LogFile } from "./log-file.ts";
import type { StackTime } from "./stack-time.ts";

export interface FunctionsHostOptions {
  /** The app: where its host.json is. */
  readonly root: string;
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  readonly keysFile: string;
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  /** What the host lives in; a virtual one stands still while it starts. */
  readonly time: Pick<StackTime, "clock" | "address">;
  readonly log: LogFile;
  /** It ended and nobody had asked for that. */
  readonly onUnexpectedEnd: (end: ProcessEnd) => void;
}

export interface HostStart {
  /** Points at which the host kills itself, as its option `--crash-at` takes them. */
  readonly crashAt?: readonly string[];
}

/** The Functions host as a process of its own, to be killed and started again. */
export interface FunctionsHost {
  readonly url: string;
  readonly pid: number | undefined;
  readonly logFile: string;
  /** Settles when the process that was started last has ended; at once if there is none. */
  readonly ended: Promise<ProcessEnd>;
  /** @throws if it ends before it is ready, with its last words */
  start(how?: HostStart): Promise<void>;
  /** As kill -9, or a power cut. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const MAIN = path.resolve(import.meta.dirname, "../functions-host/main.ts");
const END_WITH_PARENT = new URL("end-with-parent.ts", import.meta.url).href;
/** The host gives running functions five seconds. */
const STOP_LIMIT_MS = 7000;
const READY_LIMIT_MS = 30_000;
const NEVER_STARTED: ProcessEnd = { code: null, signal: null };

const Ready = z.object({ url: z.url() });

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<ProcessEnd>;
  /** Somebody here has asked it to end. */
  isExpectedToEnd: boolean;
}

export function createFunctionsHost(options: FunctionsHostOptions): FunctionsHost {
  let running: Running | undefined;

  async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const current = running;
    if (!current) return;
    current.isExpectedToEnd = true;
    current.child.kill(signal);
    const timer = setTimeout(() => {
      options.log.write("the host did not stop in time and was killed");
      current.child.kill("SIGKILL");
    }, STOP_LIMIT_MS);
    await current.ended;
    clearTimeout(timer);
  }

  return {
    url: `http://${options.host}:${options.port}`,
    get pid() {
      return running?.child.pid;
    },
    logFile: options.log.path,
    get ended() {
      return running?.ended ?? Promise.resolve(NEVER_STARTED);
    },
    async start(start = {}) {
      if (running) throw new Error("The Functions host is running already");
      const child = spawnHost(options, start);
      const started: Running = { child, ended: endOf(child), isExpectedToEnd: false };
      running = started;
      let isReady = false;
      void started.ended.then((how) => {
        running = undefined;
        if (isReady && !started.isExpectedToEnd) options.onUnexpectedEnd(how);
        return how;
      });
      try {
        await whileBusy(options.time.clock, () => untilReady(started, options.log));
        isReady = true;
      } catch (error) {
        await end("SIGKILL");
        throw error;
      }
    },
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}

function spawnHost(options: FunctionsHostOptions, { crashAt = [] }: HostStart): ChildProcess {
  const { dataDirectory, env, host, keysFile, log, port, root, time } = options;
  const given = {
    "--root": root,
    "--host": host,
    "--port": String(port),
    "--data": dataDirectory,
    "--keys": keysFile,
  };
  const args = [
    ...Object.entries(given).flat(),
    ...(time.address === undefined ? [] : ["--clock", time.address]),
    ...crashAt.flatMap((point) => ["--crash-at", point]),
    // As in Azure: the app's clients need their keys.
    "--enable-auth",
    "--json",
  ];
  const child = spawn(
    process.execPath,
    ["--import", END_WITH_PARENT, MAIN, "start", ...args],
    // A session of its own: Ctrl-C is for the stack, which then stops the host first.
    { detached: true, cwd: root, env, stdio: ["ignore", "pipe", "pipe", "ipc"] },
  );
  if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => log.write(line));
  return child;
}

async function untilReady({ child, ended }: Running, log: LogFile): Promise<void> {
  if (!child.stdout) throw new Error("The Functions host has no standard output");
  const lines = createInterface({ input: child.stdout });
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), READY_LIMIT_MS);
  const first = once(lines, "line", { signal: timeout.signal });
  const line = await Promise.race([first, ended]).catch(() => undefined);
  clearTimeout(timer);
  // Whatever the app prints to its standard output belongs to the log, too.
  lines.on("line", (text) => log.write(text));
  if (Array.isArray(line)) {
    Ready.parse(JSON.parse(String(line[0])));
    return;
  }
  const how = line ? describeEnd(line) : `was not ready after ${READY_LIMIT_MS / 1000} s`;
  const words = log.lastLines().join("\n  ");
  throw new Error(`The Functions host ${how}. Its last lines, in ${log.path}:\n  ${words}`);
}

export function describeEnd({ code, signal }: ProcessEnd): string {
  return `ended (${signal ?? `exit code ${code ?? "unknown"}`})`;
}
