/** A log line for people. Pure. */

/** `{"level":"info","time":"…","msg":"…",…}` → `12:34:56 info  message  name=value`; a line that is not JSON stays as it is. */
export function readableLine(line: string): string {
  const entry = parse(line);
  if (entry === undefined) return line;
  const { level, time, msg, err, ...others } = entry;
  const clock = typeof time === 'string' ? time.slice(11, 19) : '';
  const details = Object.entries(others).map(([name, value]) => `${name}=${textOf(value)}`);
  const first = [clock, textOf(level).padEnd(5), textOf(msg), ...details].filter((part) => part !== '').join(' ');
  const stack = isRecord(err) ? `\n${textOf(err['stack'] ?? err['message'])}` : '';
  return `${first}${stack}\n`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value) ?? '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return isRecord(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}
