import { CST, Lexer } from "yaml";

/** A pipeline has a few hundred tokens. The parser compares all keys of a map with each other. */
const MOST_TOKENS = 20_000;

/** The parser is recursive. */
const DEEPEST = 20;

type TokenType = ReturnType<typeof CST.tokenType>;
const DEEPER = new Set<TokenType>(["flow-map-start", "flow-seq-start"]);
const SHALLOWER = new Set<TokenType>(["flow-map-end", "flow-seq-end"]);
const INDICATORS = new Set<TokenType>(["seq-item-ind", "explicit-key-ind"]);

/**
 * Looks for a document that would keep the parser busy for long or exhaust its stack.
 *
 * @returns where it goes too far, and in what
 */
export function beyondLimits(yaml: string): { offset: number; message: string } | undefined {
  let offset = 0;
  let tokens = 0;
  let brackets = 0;
  let indicatorsInLine = 0;
  for (const token of new Lexer().lex(yaml)) {
    const type = CST.tokenType(token);
    tokens += 1;
    if (DEEPER.has(type)) brackets += 1;
    else if (SHALLOWER.has(type)) brackets -= 1;
    else if (INDICATORS.has(type)) indicatorsInLine += 1;
    else if (type === "newline") indicatorsInLine = 0;

    if (tokens > MOST_TOKENS) return { offset, message: "far too much for one pipeline" };
    if (brackets > DEEPEST || indicatorsInLine > DEEPEST) {
      return { offset, message: `nested more than ${DEEPEST} deep` };
    }
    offset += isControl(token) ? 0 : token.length;
  }
  return undefined;
}

/** The lexer puts marks of one character between the pieces of the source. */
function isControl(token: string): boolean {
  return token === CST.DOCUMENT || token === CST.FLOW_END || token === CST.SCALAR;
}
