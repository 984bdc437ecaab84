// Preloaded into a server (node --import) to write down every statement that it sends, in order, for a bare client to send again.
import { appendFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import pg from 'pg';

const file = process.env['BENCH_RECORD'];
// Called with the client as `this` below.
const original = Reflect.get(pg.Client.prototype, 'query');

pg.Client.prototype.query = function query(config, ...rest) {
  const [text, values] = typeof config === 'string' ? [config, rest[0]] : [config?.text, config?.values];
  if (file !== undefined && typeof text === 'string') {
    appendFileSync(file, `${serialize({ text, values: Array.isArray(values) ? values : [] }).toString('base64')}\n`);
  }
  return original.call(this, config, ...rest);
};
