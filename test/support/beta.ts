/** Calls to beta, where Microsoft's client is not pointed. */
import { send, type Answer } from '../../cli/client/http.ts';
import type { JsonRecord } from '../../src/kernel/json.ts';
import type { MicrosoftGraph } from './microsoft-graph.ts';

/** A call below `/beta` in the name of a caller; the answer may be a refusal. */
export async function inBeta(caller: MicrosoftGraph, call: { readonly method: string; readonly path: string; readonly body?: JsonRecord }): Promise<Answer> {
  return await send(call.method, `${caller.base}/beta${call.path}`, { token: await caller.token(), ...(call.body === undefined ? {} : { body: call.body }) });
}
