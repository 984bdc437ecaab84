/** The parser's place in the tokens of one text, with its budget of depth and nodes. */

import { tokenize } from './lexer.ts';
import { limits, quote, refuseSyntax, refuseText } from './limits.ts';
import type { Source, Token } from './token.ts';

/** Reads tokens left to right, one token ahead of the parser, never back. */
export class TokenCursor {
  readonly field: string;
  /** How often a token was looked at; tests hold it against the length of the text. */
  steps = 0;
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;
  #nodes = 0;

  constructor(source: Source) {
    this.field = source.field;
    this.#tokens = tokenize(source);
  }

  /** Number of tokens, the end included. */
  get length(): number {
    return this.#tokens.length;
  }

  /** The token `ahead` places on, without taking it. */
  peek(ahead = 0): Token {
    this.steps += 1;
    return this.#tokens[Math.min(this.#position + ahead, this.#tokens.length - 1)] ?? { kind: 'end', text: '', at: 0 };
  }

  /** Takes the next token; the end can be taken any number of times. */
  take(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#position += 1;
    return token;
  }

  /** The next token in lower case if it is a name, else undefined. */
  peekWord(): string | undefined {
    const token = this.peek();
    return token.kind === 'name' ? token.text.toLowerCase() : undefined;
  }

  /** Whether the token `ahead` places on is this punctuation mark. */
  isMark(mark: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'mark' && token.text === mark;
  }

  /** Takes a mark if it is next. */
  skipMark(mark: string): boolean {
    const found = this.isMark(mark);
    if (found) this.take();
    return found;
  }

  /** Takes a mark that must be next. */
  takeMark(mark: string): void {
    if (!this.skipMark(mark)) this.expected(quote(mark));
  }

  /** Takes a name that must be next. */
  takeName(what: string): Extract<Token, { kind: 'name' | 'mark' | 'end' }> {
    const token = this.peek();
    if (token.kind !== 'name') return this.expected(what);
    this.take();
    return token;
  }

  /** Demands that the text ends here. */
  takeEnd(): void {
    if (this.peek().kind !== 'end') this.expected('the end or an operator');
  }

  /** Runs a parser one level deeper. */
  nested<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > limits.nestingDepth) refuseText(this.field, `The expression is nested deeper than ${limits.nestingDepth} levels at position ${this.peek().at}`);
    const result = parse();
    this.#depth -= 1;
    return result;
  }

  /** Counts a node and hands it on. */
  count<T>(node: T): T {
    this.#nodes += 1;
    if (this.#nodes > limits.nodes) refuseText(this.field, `The expression has more than ${limits.nodes} nodes at position ${this.peek().at}`);
    return node;
  }

  /** Refuses the next token, saying what should stand there and after what. */
  expected(what: string): never {
    const token = this.peek();
    const before = this.#tokens[this.#position - 1];
    const after = before === undefined ? '' : ` after ${quote(before.text)}`;
    const found = token.kind === 'end' ? '' : `, found ${quote(token.text)}`;
    return refuseSyntax({ field: this.field, at: token.at }, `expected ${what}${after}${found}`);
  }
}
