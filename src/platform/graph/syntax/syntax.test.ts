import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../kernel/problem.ts';
import { TokenCursor } from './cursor.ts';
import { parseExpand } from './expand.ts';
import { parseExpression, parseFilter } from './filter.ts';
import { parseOrderBy } from './order.ts';
import { parseArgument, parsePath } from './path.ts';
import { expressions, literals, print, printLiteral, printSearch, searches, withoutPositions } from './print.fixture.ts';
import { parseQuery } from './query.ts';
import { parseSearch } from './search.ts';
import { parseSelect } from './select.ts';

const parsers: Record<string, (text: string) => unknown> = { parseFilter, parseOrderBy, parseSelect, parseExpand, parseSearch, parseQuery, parsePath, parseArgument };

/** Text made of the language's own pieces gets further into the parsers than random characters do. */
const pieces = fc.constantFrom('(', ')', ',', ';', '/', "'", '"', '=', '&', '$', '@', '%27', '%', ':', ' ', 'eq', ' and ', 'not ', 'in', 'any', 'a', '$count', '$filter=', '$expand=', '1', '-', '2026-01-01', 'T10:00', 'Z', "duration'", 'x.y', '\\', '\0', '😀', '\ud800', 'null');
const nasty = fc.oneof(fc.string({ unit: 'binary' }), fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')));

describe('the syntax', () => {
  it('reads back every expression it can print', () => {
    fc.assert(fc.property(expressions, (expression) => {
      expect(withoutPositions(parseFilter(print(expression)))).toEqual(withoutPositions(expression));
    }), { numRuns: 2000 });
  });

  it('reads back every search it can print', () => {
    fc.assert(fc.property(searches, (search) => {
      expect(parseSearch(printSearch(search))).toEqual(search);
    }), { numRuns: 1000 });
  });

  it('reads back every key in an encoded path and every filter inside an encoded expansion', () => {
    fc.assert(fc.property(literals, (literal) => {
      fc.pre(!(literal.kind === 'string' && literal.value.startsWith('@')));
      const [segment] = parsePath(`/things(${encodeURIComponent(printLiteral(literal))})`);
      expect(segment).toMatchObject({ kind: 'keyed', keys: [{ name: undefined, value: { kind: 'literal', literal } }] });
    }));
    fc.assert(fc.property(expressions, (expression) => {
      const query = parseQuery(`$expand=${encodeURIComponent(`a($filter=${print(expression)};$top=1),b`)}`);
      expect(withoutPositions(query.expand?.[0]?.options.filter)).toEqual(withoutPositions(expression));
      expect(query.expand).toHaveLength(2);
    }));
  });

  it.each(Object.keys(parsers))('%s throws nothing but problems', (name) => {
    fc.assert(fc.property(nasty, (text) => {
      try {
        parsers[name]?.(text);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
      }
    }), { numRuns: 2000 });
  });
});

describe('the work', () => {
  /** Looks at tokens a filter costs, whether it is accepted or not. */
  function cost(text: string): { steps: number; tokens: number } {
    const cursor = new TokenCursor({ text, field: '$filter' });
    try {
      parseExpression(cursor);
      cursor.takeEnd();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
    return { steps: cursor.steps, tokens: cursor.length };
  }

  it.each([
    ['parentheses', '('.repeat(16_000)],
    ['balanced parentheses', `${'('.repeat(60)}a${')'.repeat(60)}`],
    ['alternatives', Array.from({ length: 250 }, () => '(a eq 1)').join(' or ')],
    ['negations', 'not '.repeat(4000)],
    ['a long path', Array.from({ length: 8000 }, () => 'a').join('/')],
    ['a long list', `a in (${Array.from({ length: 5000 }, () => '1').join(',')})`],
    ['lambdas', 'a/any(x:'.repeat(2000)],
    ['calls', 'f(1,'.repeat(4000)],
    ['quotes', "'".repeat(16_000)],
    ['digits', '1'.repeat(300)],
    ['operators', 'a eq '.repeat(3000)],
  ])('is linear in the tokens for %s', (_, text) => {
    const { steps, tokens } = cost(text);
    expect(steps).toBeLessThanOrEqual(8 * tokens + 8);
  });

  it('is linear in the tokens for any expression', () => {
    fc.assert(fc.property(fc.oneof(expressions.map(print), nasty.filter((text) => !text.includes('\0'))), (text) => {
      let measured: { steps: number; tokens: number };
      try {
        measured = cost(text);
      } catch (error) {
        if (error instanceof Problem) return;
        throw error;
      }
      expect(measured.steps).toBeLessThanOrEqual(8 * measured.tokens + 8);
    }));
  });
});
