/** Dates, times and durations as tokens. Only real calendar dates pass, so that no such text reaches SQL. */

import { quote, refuseSyntax } from './limits.ts';
import { type LiteralToken, placeIn, type Source } from './token.ts';

const datePattern = /\d{4}-\d{2}-\d{2}/y;
const timePattern = /\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?/y;
const zonePattern = /[Zz]|[+-]\d{2}:\d{2}/y;
const durationPattern = /^[+-]?P(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/;

/** What a sticky pattern matches at an offset, if anything. */
export function matchAt(sticky: RegExp, text: string, at: number): string | undefined {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0];
}

/** The date, date with time, or time of day that starts at an offset, if one does. */
export function lexTemporal(source: Source, at: number): LiteralToken | undefined {
  const date = matchAt(datePattern, source.text, at);
  if (date === undefined) return lexTimeOfDay(source, at);
  const joint = source.text.charAt(at + date.length);
  const time = joint === 'T' || joint === 't' ? matchAt(timePattern, source.text, at + date.length + 1) : undefined;
  const whole = time === undefined ? date : date + joint + time;
  if (!isDate(date) || (time !== undefined && !isTime(time))) refuseSyntax(placeIn(source, at), `${quote(whole)} is not a real date`);
  if (time === undefined) return { kind: 'literal', text: date, at, literal: { kind: 'date', value: date } };
  const zone = matchAt(zonePattern, source.text, at + whole.length);
  if (zone === undefined || !isZone(zone)) {
    return refuseSyntax(placeIn(source, at), `${quote(whole)} needs 'Z' or an offset such as '+02:00' (with '+' written '%2B') at its end`);
  }
  return { kind: 'literal', text: whole + zone, at, literal: { kind: 'dateTime', value: whole + zone } };
}

function lexTimeOfDay(source: Source, at: number): LiteralToken | undefined {
  const text = matchAt(timePattern, source.text, at);
  if (text === undefined) return undefined;
  if (!isTime(text)) refuseSyntax(placeIn(source, at), `${quote(text)} is not a time of day`);
  return { kind: 'literal', text, at, literal: { kind: 'timeOfDay', value: text } };
}

function isDate(text: string): boolean {
  // PostgreSQL has no year 0, JavaScript does.
  if (text.startsWith('0000')) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function isTime(text: string): boolean {
  return Number(text.slice(0, 2)) <= 23 && Number(text.slice(3, 5)) <= 59 && Number(text.slice(6, 8)) <= 59;
}

function isZone(text: string): boolean {
  return text.length === 1 || (Number(text.slice(1, 3)) <= 14 && Number(text.slice(4, 6)) <= 59);
}

/** Whether a text is an ISO 8601 duration with at least one part. */
export function isDuration(text: string): boolean {
  return durationPattern.test(text) && !text.endsWith('P') && !text.endsWith('T');
}
