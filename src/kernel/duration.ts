/** ISO 8601 durations as Graph uses them (`P14D`, `PT8H`): whole years to seconds, no sign. Pure. */

/** Parts of a duration, each a number ≥ 0. */
export interface Duration {
  readonly years: number;
  readonly months: number;
  readonly weeks: number;
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

const pattern = /^P(?!$)(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,10}(?:\.\d{1,7})?)S)?)?$/;

/** The parts of an ISO 8601 duration; undefined when it is none. */
export function parseDuration(text: string): Duration | undefined {
  const found = pattern.exec(text);
  if (found === null) return undefined;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0));
  return { years, months, weeks, days, hours, minutes, seconds };
}

/** The instant that lies `duration` after `start`; years and months by the UTC calendar, a month's end stays a month's end. */
export function addDuration(start: Date, duration: Duration): Date {
  const shifted = addMonths(start, duration.years * 12 + duration.months);
  const days = duration.weeks * 7 + duration.days;
  const seconds = days * 86_400 + duration.hours * 3600 + duration.minutes * 60 + duration.seconds;
  return new Date(shifted.getTime() + Math.round(seconds * 1000));
}

/** Milliseconds of a duration, with a month as 30 and a year as 365 days: for comparing lengths, never for ends. */
export function roughMilliseconds(duration: Duration): number {
  const days = duration.years * 365 + duration.months * 30 + duration.weeks * 7 + duration.days;
  return (days * 86_400 + duration.hours * 3600 + duration.minutes * 60 + duration.seconds) * 1000;
}

function addMonths(start: Date, months: number): Date {
  if (months === 0) return start;
  const result = new Date(start.getTime());
  const day = result.getUTCDate();
  result.setUTCDate(1);
  result.setUTCMonth(result.getUTCMonth() + months);
  const last = new Date(Date.UTC(result.getUTCFullYear(), result.getUTCMonth() + 1, 0)).getUTCDate();
  result.setUTCDate(Math.min(day, last));
  return result;
}
