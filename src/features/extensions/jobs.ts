/** Makes the calls of custom extensions: takes what is due, calls outside any transaction, writes what came of it. In any number of processes. */
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/database.ts';
import type { DatabaseLog } from '../../platform/db/log.ts';
import { inTransaction } from '../../platform/db/transaction.ts';
import { OutboundFailure, postOutbound, type AllowedHosts, type Resolve } from '../../platform/http/outbound.ts';
import type { WebhookSigner } from '../../platform/http/webhook.ts';
import { newId } from '../../platform/ids.ts';
import { sweeper, type Sweeper } from '../../platform/jobs/sweeper.ts';
import { recordCall } from './commands/calls.ts';
import { callSettings, type CallSettings } from './model.ts';
import { judgeAnswer, type CallResult } from './rules/calls.ts';
import { claimCalls, findNextCall, type ClaimedCall } from './store/callouts.ts';

/** What calls are made with. */
export interface CallWorld {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: DatabaseLog;
  readonly publicUrl: string;
  readonly signer: WebhookSigner;
  /** Hosts that are called whatever their address. */
  readonly allowed: AllowedHosts;
  /** A token of this server for an audience, without any right in it; undefined: there is none for it. */
  readonly tokenFor: (audience: string, now: Date) => Promise<string | undefined>;
  /** For tests: how names are resolved. */
  readonly resolve?: Resolve;
}

/** Made at the same time: a slow endpoint keeps the others waiting for its timeout at most. */
const batchSize = 50;
/** Longer than any call takes: then another process may try. */
const leaseMs = 60_000;

/** Makes the calls that are due; answers how many. */
export async function makeCalls(world: CallWorld): Promise<number> {
  const now = world.clock.now();
  const calls = await inTransaction(world.db, async (tx) => await claimCalls(tx, { now, until: new Date(now.getTime() + leaseMs), limit: batchSize }));
  await Promise.all(calls.map(async (call) => { await makeCall(world, call); }));
  return calls.length;
}

async function makeCall(world: CallWorld, call: ClaimedCall): Promise<void> {
  const result = await resultOf(world, call);
  if (!result.isAccepted) world.log.warn({ callout: call.id, extension: call.extension?.id, attempt: call.attempt, why: result.why }, 'a custom extension was called in vain');
  const id = newId();
  await inTransaction(world.db, async (tx) => { await recordCall({ tx, now: world.clock.now(), requestId: id, clientRequestId: id }, call, result); });
}

async function resultOf(world: CallWorld, call: ClaimedCall): Promise<CallResult> {
  if (call.extension === null) return { isAccepted: false, isFinal: true, why: 'The extension has been deleted.' };
  const settings = callSettings(call.extension);
  if (settings.url === undefined) return call.waits ? { isAccepted: true, correlationId: undefined } : { isAccepted: false, isFinal: true, why: 'The extension has no url, and its place in Azure cannot be called from here.' };
  try {
    return await post(world, call, { ...settings, url: settings.url });
  } catch (error) {
    if (error instanceof OutboundFailure) return { isAccepted: false, isFinal: error.isForbidden, why: error.message };
    // A bug must not have the call made again for ever: it counts as a try.
    world.log.error({ err: error, callout: call.id }, 'a call of a custom extension could not be made');
    return { isAccepted: false, isFinal: false, why: 'The call could not be made.' };
  }
}

async function post({ clock, signer, publicUrl, allowed, resolve, tokenFor }: CallWorld, call: ClaimedCall, { url, audience, timeoutMs }: CallSettings & { readonly url: string }): Promise<CallResult> {
  const now = clock.now();
  const path = call.payload['CallbackUriPath'];
  const body = JSON.stringify({ ...call.payload, ...(typeof path === 'string' ? { CallbackUri: `${publicUrl}/v1.0${path}`, CallbackConfiguration: call.extension?.callback } : {}) });
  const token = audience === undefined ? undefined : await tokenFor(audience, now);
  const headers = { ...signer.headersFor(call.id, body, now), 'user-agent': 'Gatehouse', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const answer = await postOutbound({ url, headers, body, timeoutMs }, { allowed, resolve });
  const run = answer.headers['x-ms-workflow-run-id'];
  return judgeAnswer(answer.status, typeof run === 'string' ? run : undefined);
}

/** Starts making calls in this process. Call `wake` for every announcement that something is due. */
export function startCalls(world: CallWorld): Sweeper {
  return sweeper({ run: async () => await makeCalls(world), nextDue: async () => await findNextCall(world.db), log: world.log, clock: world.clock });
}
