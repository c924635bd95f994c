import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type ParsedNode,
} from "yaml";

export interface Place {
  readonly line: number;
  readonly column: number;
}

type Path = readonly PropertyKey[];

/** Finds where in the text the parts of a document stand. */
export class Places {
  /** Where aliases stand: no pipeline needs one, and a few of them can expand to gigabytes. */
  readonly aliases: Place[] = [];
  /** Where a key is a number, a list, nothing. */
  readonly oddKeys: Place[] = [];
  private readonly lines: LineCounter;
  private readonly values = new Map<string, Place>();
  private readonly keys = new Map<string, Place>();

  constructor(document: Document.Parsed, lines: LineCounter) {
    this.lines = lines;
    this.values.set(nameOf([]), { line: 1, column: 1 });
    this.addNode(document.contents, []);
  }

  at(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { line, column: col };
  }

  /** The value at the path, or what is nearest above it when it is missing. */
  of(path: Path): Place {
    return this.values.get(nameOf(path)) ?? this.of(path.slice(0, -1));
  }

  /** The key at the path. */
  ofKey(path: Path): Place {
    return this.keys.get(nameOf(path)) ?? this.of(path);
  }

  private addNode(node: ParsedNode | null, path: Path): void {
    if (!node) return;
    const place = this.at(node.range[0]);
    this.values.set(nameOf(path), place);
    if (isAlias(node)) this.aliases.push(place);
    if (isSeq(node)) node.items.forEach((item, index) => this.addNode(item, [...path, index]));
    if (!isMap(node)) return;
    for (const { key, value } of node.items) this.addPair(key, value, path);
  }

  private addPair(key: ParsedNode, value: ParsedNode | null, path: Path): void {
    const place = this.at(key.range[0]);
    const name: unknown = isScalar(key) ? key.value : undefined;
    if (typeof name !== "string") {
      this.oddKeys.push(place);
      return;
    }
    this.keys.set(nameOf([...path, name]), place);
    this.addNode(value, [...path, name]);
  }
}

function nameOf(path: Path): string {
  return JSON.stringify(path);
}
