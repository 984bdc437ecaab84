/** The words, texts and signs of a rule, with where they stand. Pure. */

/** A piece of a rule. `text` of a quoted text is what is meant by it. `at` counts characters from 0. */
export interface Token {
  readonly kind: 'word' | 'text' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

/** What a rule has instead of what was expected, and where. */
export class RuleFault extends Error {
  readonly at: number;
  constructor(at: number, expected: string, found: string) {
    super(`expected ${expected}, found ${found}`);
    this.at = at;
  }
}

const sign = /^[()[\],]$/;
const space = /^\s$/;
const quotes = new Set(['"', "'"]);

/** Splits a rule. Throws {@link RuleFault}. */
export function tokensOf(rule: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < rule.length) {
    const next = rule.charAt(at);
    if (space.test(next)) at++;
    else if (sign.test(next)) tokens.push({ kind: 'sign', text: next, at: at++ });
    else if (quotes.has(next)) {
      const { text, end } = quoted(rule, at);
      tokens.push({ kind: 'text', text, at });
      at = end;
    } else {
      const end = wordEnd(rule, at);
      tokens.push({ kind: 'word', text: rule.slice(at, end), at });
      at = end;
    }
  }
  return [...tokens, { kind: 'end', text: '', at: rule.length }];
}

function wordEnd(rule: string, from: number): number {
  let end = from;
  while (end < rule.length && !space.test(rule.charAt(end)) && !sign.test(rule.charAt(end)) && !quotes.has(rule.charAt(end))) end++;
  return end;
}

/** A quote within its own kind is written `" or ''; a backtick before anything else is a backtick. */
function quoted(rule: string, from: number): { readonly text: string; readonly end: number } {
  const quote = rule.charAt(from);
  let text = '';
  for (let at = from + 1; at < rule.length; at++) {
    const [here, next] = [rule.charAt(at), rule.charAt(at + 1)];
    const isEscaped = (here === '`' && (next === quote || next === '`')) || (here === "'" && quote === "'" && next === "'");
    if (here === '\0') throw new RuleFault(at, 'characters that can be stored', 'the character 0');
    if (isEscaped) {
      text += next;
      at++;
    } else if (here === quote) return { text, end: at + 1 };
    else text += here;
  }
  throw new RuleFault(from, `a closing ${quote}`, 'the end of the rule');
}
