/** A message as plain text and as HTML: what people have written stays text in both. Pure. */
import { escapeHtml } from '../../../kernel/html.ts';
import type { Wording } from './wording.ts';

/** Longest value of what somebody wrote; the item itself has the rest. */
const longest = 500;
const longestSubject = 150;

/**
 * Text of others on one line: no line breaks, with which it could pose as another line or header, nothing invisible, nothing that turns
 * the direction of writing, and no address that a mail program would make a link of.
 */
export function oneLine(text: string, most = longest): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Co}]+/gu, ' ').replaceAll(/(?![\u200c\u200d])\p{Cf}/gu, '').replaceAll(/:\/\//g, '[:]//').replaceAll(/\bwww\./gi, 'www[.]').replaceAll(/\s+/g, ' ').trim();
  const letters = Array.from(plain);
  return letters.length <= most ? plain : `${letters.slice(0, most - 1).join('').trimEnd()}…`;
}

/** Subject, plain text and HTML of a message. */
export interface Rendered {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Renders a message. The link is the only address in it. */
export function renderMail(wording: Wording): Rendered {
  const safe: Wording = {
    ...wording, title: oneLine(wording.title, longestSubject), sentences: wording.sentences.map((sentence) => oneLine(sentence, 2 * longest)),
    facts: wording.facts.map(([name, value]) => [name, oneLine(value)] as const),
  };
  return { subject: safe.title, text: textOf(safe), html: htmlOf(safe) };
}

function textOf({ title, sentences, facts, link, footer }: Wording): string {
  const width = Math.max(0, ...facts.map(([name]) => name.length)) + 2;
  return [title, '', ...sentences, '', ...facts.map(([name, value]) => `  ${`${name}:`.padEnd(width)}${value}`), '', `${link.says}:`, link.address, '', '-- ', footer, ''].join('\n');
}

const style = 'font:16px/1.5 system-ui,-apple-system,Segoe UI,sans-serif;max-width:40rem;margin:1.5rem auto;padding:0 1rem';
const cell = 'padding:.15rem 1rem .15rem 0;vertical-align:top;text-align:left';

function htmlOf({ title, sentences, facts, link, footer }: Wording): string {
  const rows = facts.map(([name, value]) => `<tr><th scope="row" style="${cell};font-weight:600">${escapeHtml(name)}</th><td style="${cell}">${escapeHtml(value)}</td></tr>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head><body style="${style}">
<h1 style="font-size:1.25rem">${escapeHtml(title)}</h1>
${sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join('\n')}
<table style="border-collapse:collapse">${rows.join('')}</table>
<p><a href="${escapeHtml(link.address)}">${escapeHtml(link.says)}</a></p>
<p style="font-size:.85rem;color:#666">${escapeHtml(footer)}</p>
</body></html>
`;
}
