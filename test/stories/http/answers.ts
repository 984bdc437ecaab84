/** What an answer of the server says to a story. */
import type { Answer } from '../../../cli/client/http.ts';
import { recordAt, recordsAt, textAt, type JsonRecord } from '../../../src/kernel/json.ts';
import type { Refused } from '../world.ts';

/** The codes of a refusal: of all its reasons, or its own where it has none. What was taken is handed on. A failure of the server is none of both. */
export function answered({ status, json }: Pick<Answer, 'status' | 'json'>, then: (answer: JsonRecord) => void = () => {}): Refused {
  if (status < 300) {
    then(json);
    return undefined;
  }
  const error = recordAt(json, 'error');
  if (status >= 500) throw new Error(`the server failed: ${JSON.stringify(json)}`);
  const codes = recordsAt(error, 'details').flatMap((detail) => textAt(detail, 'code') ?? []);
  return codes.length > 0 ? codes : [textAt(error, 'code') ?? String(status)];
}
