/**
 * `npm run demo`: the main job on the terminal, against a real server in a throw-away folder. Exit 0 only if every step
 * was seen to happen; nothing is left behind, whatever the end.
 */
import { GraphCaller } from './client/graph.ts';
import { applicationToken } from './client/tokens.ts';
import { createOrganisation } from './demo/organisation.ts';
import { startOrdersApi } from './demo/orders.ts';
import { startServer } from './demo/server.ts';
import { playStory } from './demo/story.ts';
import { Teller } from './demo/teller.ts';

const tell = new Teller((text) => { process.stdout.write(text); }, process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '');

async function play(cleanUp: AsyncDisposableStack): Promise<void> {
  const began = performance.now();
  tell.title('Gatehouse: an agent gets access for eight seconds\n');
  tell.line('Gatehouse', 'starts with a PostgreSQL of its own …');
  const server = await startServer(cleanUp);
  const graph = new GraphCaller(server.base, tokensOf(async () => await applicationToken(server, server.administrator)));
  tell.line('Gatehouse', `listens on ${server.base}`);
  const organisation = await createOrganisation(graph, server.domain);
  tell.line('organisation', 'Orders API; agents support-bot-1 and support-bot-2 of one blueprint;\nOlivia owns them, Sam and Ada sponsor them');
  const ordersUrl = await startOrdersApi(server, [organisation.api.appId, organisation.api.scope.replace('/.default', '')], cleanUp);
  await playStory({ door: server, graph, organisation, ordersUrl, tell });
  tell.title(`\nEvery step was seen to happen, in ${Math.round((performance.now() - began) / 1000)} s.`);
}

/** One token for a while: it lives ten minutes, the demo half of one. */
function tokensOf(ask: () => Promise<string>): () => Promise<string> {
  let token: Promise<string> | undefined;
  return async () => await (token ??= ask());
}

async function main(): Promise<number> {
  const interrupted = Promise.withResolvers<number>();
  process.once('SIGINT', () => { interrupted.resolve(130); });
  process.once('SIGTERM', () => { interrupted.resolve(143); });
  const cleanUp = new AsyncDisposableStack();
  const played = play(cleanUp).then(() => 0);
  // After an interruption the story fails for want of a server, and nobody needs to hear of it.
  played.catch(() => {});
  try {
    return await Promise.race([played, interrupted.promise]);
  } catch (error) {
    process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await cleanUp.disposeAsync();
  }
}

process.exit(await main());
