/** Going through the pieces of a rule. Pure. */
import type { RuleProperty } from '../model.ts';
import { RuleFault, type Token } from './tokens.ts';

const end: Token = { kind: 'end', text: '', at: 0 };

/** Where the reading of a rule is, and the properties that it has come across. */
export class Cursor {
  readonly properties: RuleProperty[] = [];
  /** Size of all patterns so far. */
  patternSize = 0;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get peek(): Token {
    return this.#tokens[this.#at] ?? end;
  }

  take(): Token {
    const token = this.peek;
    this.#at++;
    return token;
  }

  /** Takes a sign if it stands here. */
  takeSign(sign: string): boolean {
    const stands = this.peek.kind === 'sign' && this.peek.text === sign;
    if (stands) this.#at++;
    return stands;
  }

  needSign(sign: string): void {
    if (!this.takeSign(sign)) this.fail(`'${sign}'`);
  }

  /** Takes an operator, with or without its hyphen, if it stands here. */
  takeOperator(word: string): boolean {
    const stands = this.peek.kind === 'word' && this.peek.text.toLowerCase().replace(/^-/, '') === word;
    if (stands) this.#at++;
    return stands;
  }

  /** Ends the reading: something else was expected here, or `back` pieces from here. */
  fail(expected: string, back = 0): never {
    const { kind, text, at } = this.#tokens[this.#at + back] ?? end;
    throw new RuleFault(at, expected, kind === 'end' ? 'the end of the rule' : kind === 'text' ? `the text "${text}"` : `'${text}'`);
  }
}
