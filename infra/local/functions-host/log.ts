/** The library's levels (`RpcLogLevel`), from the least to the most important. */
const LEVELS = ["trace", "debug", "information", "warning", "error", "critical", "none"] as const;
export type LogLevel = (typeof LEVELS)[number];

export interface LogEntry {
  readonly time: string;
  readonly level: LogLevel;
  /** `Host.<part>`, or `Function.<name>` and `Function.<name>.User`. */
  readonly category: string;
  readonly message: string;
  readonly invocationId?: string | undefined;
}

export type LogSink = (entry: LogEntry) => void;

export interface Log {
  write(level: LogLevel, category: string, message: string, invocationId?: string): void;
}

/** @param levels host.json's `logging.logLevel`: a category, or the beginning of some, to its least level */
export function createLog(sink: LogSink, levels: Readonly<Record<string, LogLevel>>): Log {
  const thresholds = Object.entries(levels)
    .map(([category, level]) => ({ category: category.toLowerCase(), rank: LEVELS.indexOf(level) }))
    .toSorted((a, b) => b.category.length - a.category.length);
  const usual = thresholds.find(({ category }) => category === "default")?.rank ?? rankOfUsual;

  return {
    write(level, category, message, invocationId) {
      const lower = category.toLowerCase();
      const threshold = thresholds.find((rule) => covers(rule.category, lower))?.rank ?? usual;
      if (LEVELS.indexOf(level) < threshold) return;
      sink({ time: new Date().toISOString(), level, category, message, invocationId });
    },
  };
}

const rankOfUsual = LEVELS.indexOf("information");

function covers(rule: string, category: string): boolean {
  return category === rule || category.startsWith(`${rule}.`);
}

/** Unknown words are no level: the caller says where they stand. */
export function parseLogLevel(text: string): LogLevel | undefined {
  return LEVELS.find((level) => level === text.toLowerCase());
}

/** One line for people. */
export function formatForPeople(entry: LogEntry): string {
  return `${entry.time} ${entry.level} ${entry.category}: ${entry.message}`;
}

/** One line for programs. */
export function formatAsJson(entry: LogEntry): string {
  return JSON.stringify(entry);
}
