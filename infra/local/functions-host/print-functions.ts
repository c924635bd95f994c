/** What is told about one function. */
export interface PrintedFunction {
  readonly name: string;
  /** The type of its trigger, as the app wrote it. */
  readonly trigger: string;
  /** Of an HTTP function: with the prefix. */
  readonly route?: string;
  /** Of an HTTP function; none means all. */
  readonly methods?: readonly string[];
}

export interface PrintedApp {
  readonly functions: readonly PrintedFunction[];
  /** Their names. */
  readonly disabled: readonly string[];
  /** `http://localhost:7071` */
  readonly origin: string;
}

/**
 * What `func start` prints about an app: HTTP functions first, each kind by name
 * (DisplayFunctionsInfoUtilities.cs, FunctionMetadataManager.cs).
 */
export function printFunctions({ functions, disabled, origin }: PrintedApp): string {
  const sorted = functions.toSorted((a, b) => compareNames(a.name, b.name));
  const http = sorted.filter(({ route }) => route !== undefined);
  const others = sorted.filter(({ route }) => route === undefined);
  const lines = [
    ...http.map((fn) => `\t${fn.name}: ${methodsOf(fn)}${origin}${fn.route ?? ""}`),
    ...others.map((fn) => `\t${fn.name}: ${fn.trigger}`),
  ];
  const notes = disabled.toSorted(compareNames).map((name) => `Function ${name} is disabled.`);
  return [
    "",
    "Functions:",
    "",
    ...lines.flatMap((line) => [line, ""]),
    ...notes,
    "Press Ctrl+C to stop.",
  ].join("\n");
}

function methodsOf({ methods = [] }: PrintedFunction): string {
  return methods.length > 0 ? `[${methods.join(",")}] ` : "";
}

function compareNames(a: string, b: string): number {
  const [lowerA, lowerB] = [a.toLowerCase(), b.toLowerCase()];
  if (lowerA === lowerB) return 0;
  return lowerA < lowerB ? -1 : 1;
}
