import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessKinds, decisionKinds, type Said } from '../model.ts';
import { oneLine, renderMail } from './render.ts';
import { signposts } from './signposts.ts';
import { instantInWords } from './times.ts';
import { wordMail } from './wording.ts';

const evil = 'x\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script> <a href="https://evil.example">approve</a> "&\' http://evil.example www.evil.example \u202etxt\u2066\u2028y\u0000';
const hostile: Said = {
  packageName: evil, requestorName: evil, targetName: evil, isByReader: false, isForReader: false, isForRequestor: false, want: 'grant', justification: evil, reason: evil, startsAt: evil, endsAt: evil,
  isEndEstimated: true, decideBy: evil, outcome: 'approved', standsInFor: evil, isPartial: true, mayExtend: true,
};

describe('what people have written', () => {
  it.each([...decisionKinds, ...accessKinds])('is text and nothing else in a mail of the kind %s', (kind) => {
    const { subject, text, html } = renderMail(wordMail(kind, { said: hostile, item: { kind: 'request', id: 'r' }, publicUrl: 'https://h' }));
    expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
    expect(Array.from(subject).length).toBeLessThanOrEqual(150);
    for (const body of [text, html]) {
      expect(body).not.toMatch(/^Bcc/m);
      expect(body).not.toMatch(/[\u202a-\u202e\u2066-\u2069\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u);
      expect(body.match(/\w+:\/\/[^\s"<]+/g)?.every((address) => address === 'https://h/requests/r')).toBe(true);
    }
    expect(html).not.toMatch(/<script|<a href="https:\/\/evil/);
    expect(html.match(/<a /g)).toHaveLength(1);
    expect(html).not.toMatch(/<(?!\/?(?:html|head|meta|title|body|h1|p|table|tr|th|td|a)\b|!doctype)/i);
  });

  it('changes nothing of how a mail is built, whatever it is', () => {
    const shapeOf = (word: string): unknown => {
      const said = { ...hostile, packageName: word, requestorName: word, targetName: word, justification: word, reason: word, startsAt: null, endsAt: null, decideBy: null, standsInFor: word };
      return [...decisionKinds, ...accessKinds].map((kind) => {
        const { subject, text, html } = renderMail(wordMail(kind, { said, item: { kind: 'approval', id: 'r' }, publicUrl: 'https://h' }));
        return [/[\p{Cc}\p{Zl}\p{Zp}]/u.test(subject), text.split(/\r|\n/).length, html.match(/<[^>]*>/g)?.map((tag) => tag.replace(/ .*/s, ''))];
      });
    };
    const plain = shapeOf('plain');
    const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('<', '>', '"', "'", '&', '&#60;', '\r\n', '\u2028', 'https://', '<b>', '-->', '\u0000'));
    fc.assert(fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => { expect(shapeOf(`x${pieces.join('')}`)).toEqual(plain); }), { numRuns: 100 });
  });

  it('is on one line, as long as it fits', () => {
    expect(oneLine('a\tb\n\n c  ')).toBe('a b c');
    expect(oneLine('see https://x.example/y and www.x.example')).toBe('see https[:]//x.example/y and www[.]x.example');
    expect(oneLine('می‌خواهم 👩‍💻 naïve')).toBe('می‌خواهم 👩‍💻 naïve');
    expect([oneLine('abcdef', 6), oneLine('abcdefg', 6), oneLine('ab de fg', 6), oneLine('👍👍👍', 2)]).toEqual(['abcdef', 'abcde…', 'ab de…', '👍…']);
  });
});

describe('a mail', () => {
  it('says the same as text and as HTML', () => {
    const wording = { title: 'A & B', sentences: ['First.', 'Second <3.'], facts: [['For', 'Ann'], ['Longer', '"x"']], link: { says: 'The request', address: 'https://h/requests/r?a=1&b=2' }, footer: 'Why.' } as const;
    const { subject, text, html } = renderMail(wording);
    expect(subject).toBe('A & B');
    expect(text).toBe('A & B\n\nFirst.\nSecond <3.\n\n  For:    Ann\n  Longer: "x"\n\nThe request:\nhttps://h/requests/r?a=1&b=2\n\n-- \nWhy.\n');
    expect(html.replaceAll(/ style="[^"]*"/g, '')).toBe(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A &#38; B</title></head><body>
<h1>A &#38; B</h1>
<p>First.</p>
<p>Second &#60;3.</p>
<table><tr><th scope="row">For</th><td>Ann</td></tr><tr><th scope="row">Longer</th><td>&#34;x&#34;</td></tr></table>
<p><a href="https://h/requests/r?a=1&#38;b=2">The request</a></p>
<p>Why.</p>
</body></html>
`);
  });

  it('tells times in UTC', () => {
    expect([instantInWords('2026-12-01T14:05:59.999+02:00'), instantInWords('soon')]).toEqual(['2026-12-01 12:05 UTC', 'soon']);
  });

  it('leads to what a page stands behind', () => {
    const links = (['request', 'approval', 'assignment'] as const).map((kind) => wordMail('accessEnded', { said: hostile, item: { kind, id: 'x' }, publicUrl: '' }).link.address);
    expect(links).toEqual(signposts.map(({ segment }) => `/${segment}/x`));
  });
});
