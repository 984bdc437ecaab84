/** POST, PATCH, PUT and DELETE: find the command, check the body, run it in one transaction, answer what it made. */
import { preferredLanguages } from '../../kernel/language.ts';
import { refuse } from '../../kernel/problem.ts';
import type { Tx } from '../db/database.ts';
import { inTransaction } from '../db/transaction.ts';
import { readFileBody } from './body/file-body.ts';
import { readParameters } from './body/read-body.ts';
import { idOfUrl, readRefBody } from './body/reference.ts';
import { referencedId } from './referenced.ts';
import { admitBody, createWith, type Making } from './deep-insert.ts';
import { baseUrl, type Exchange, type GraphResponse } from './exchange.ts';
import { answerOnce, keyOf } from './idempotency.ts';
import { withoutFixed } from './immutable.ts';
import { ancestorsOf, assumed, locate, locatedUnseen, locateOrRefuse, type Located } from './locate.ts';
import type { Answers, Command, GraphWork, Input, Outcome } from './model.ts';
import { answerOrTrial, answerOutcome } from './outcome.ts';
import { lastStep, type Ending, type PathStep, type Resource } from './path/resource.ts';
import { keyText } from './read/rows.ts';
import { commandOf, typeNamed, type ResolvedType } from './registry.ts';
import { clip } from './value.ts';

/** One write on its way. */
interface Writing extends Making {
  readonly exchange: Exchange;
  readonly resource: Resource;
  readonly tx: Tx;
}

/** Answers a POST, PATCH, PUT or DELETE. Nothing of it stays when it is refused. */
export async function answerWrite(exchange: Exchange, resource: Resource): Promise<GraphResponse> {
  const { request, service } = exchange;
  const keyed = isCreate(exchange, resource) ? keyOf(request) : undefined;
  return await answerOrTrial(inTransaction(service.db, async (tx) => {
    const work: GraphWork = {
      tx, version: request.version, publicUrl: service.publicUrl, outboundHosts: service.outboundHosts ?? [], caller: request.caller, now: service.clock.now(),
      requestId: request.requestId, clientRequestId: request.clientRequestId, languages: preferredLanguages(request.headers['accept-language']), headers: {},
    };
    const act = async (): Promise<GraphResponse> => await route({ exchange, resource, tx, work, registry: service.registry });
    return keyed === undefined ? await act() : await answerOnce(tx, { keyed, now: work.now }, act);
  }));
}

/** Whether a key may say that the same was asked before. Actions are not among them: some answer secrets, which are kept nowhere. */
const isCreate = ({ request }: Exchange, { ending, isCollection }: Resource): boolean => request.method === 'POST' && ending.kind === 'none' && isCollection;

async function route(writing: Writing): Promise<GraphResponse> {
  const { method } = writing.exchange.request;
  const { ending, isCollection } = writing.resource;
  if (ending.kind === 'ref') return writeReference(writing);
  if (ending.kind === 'function') return method === 'GET' || method === 'HEAD' ? runFunction(writing, ending) : refuse('methodNotAllowed', { method, allowed: 'GET' });
  if (ending.kind === 'action') return method === 'POST' ? runAction(writing, ending) : refuse('methodNotAllowed', { method, allowed: 'POST' });
  if (ending.kind !== 'none') return refuse('methodNotAllowed', { method, allowed: 'GET' });
  if (isCollection) return method === 'POST' ? createIn(writing) : refuse('methodNotAllowed', { method, allowed: 'GET, POST' });
  if (method === 'POST') return refuse('methodNotAllowed', { method, allowed: 'GET, PATCH, DELETE' });
  return method === 'DELETE' ? removeOne(writing) : changeOne(writing);
}

const input = (writing: Writing, given: Partial<Input>): Input => ({ id: '', ancestors: [], body: {}, arguments: {}, prefer: writing.exchange.prefer, ...given });

const not = (writing: Writing, allowed: string): never => refuse('methodNotAllowed', { method: writing.exchange.request.method, allowed });

/** Methods that one entity of this type takes where the path names it, for the refusal of another. */
function offeredOn(writing: Writing, type: ResolvedType): string {
  const { navigation } = lastStep(writing.resource);
  const methods = [['PATCH', navigation?.update ?? commandOf(writing.registry, type, 'update')], ['PUT', commandOf(writing.registry, type, 'replace')], ['DELETE', navigation?.remove ?? commandOf(writing.registry, type, 'remove')]] as const;
  return ['GET', ...methods.flatMap(([method, command]) => (command === undefined ? [] : [method]))].join(', ');
}

async function finish(writing: Writing, command: Command, given: { readonly input: Input; readonly type: ResolvedType | undefined }): Promise<GraphResponse> {
  return answer(writing, given.type, await command(writing.work, given.input));
}

const answer = async ({ exchange, tx, work, resource }: Writing, type: ResolvedType | undefined, outcome: Outcome): Promise<GraphResponse> =>
  await answerOutcome({ exchange, tx, work, type, resource }, outcome);

async function createIn(writing: Writing): Promise<GraphResponse> {
  const { exchange, resource, tx } = writing;
  const step = lastStep(resource);
  if (step.applied !== undefined) return not(writing, 'GET');
  const declared = step.navigation;
  const command = declared?.create ?? (declared === undefined || declared.inverse !== undefined ? commandOf(writing.registry, step.type, 'create') : undefined);
  const couldCreate = command !== undefined || (declared === undefined && step.type.family.some((type) => commandOf(writing.registry, type, 'create') !== undefined));
  if (!couldCreate) return not(writing, 'GET');
  const { body, type, children } = await admitBody(writing, step.type, { body: exchange.request.body, purpose: 'create' });
  const actual = type === step.type ? command : commandOf(writing.registry, type, 'create');
  if (actual === undefined) return not(writing, 'GET');
  const parents = resource.steps.slice(0, -1);
  const located = parents.length === 0 ? [] : await locateOrRefuse(tx, exchange, parents);
  const parent = located.at(-1);
  const full = declared?.inverse === undefined || parent === undefined ? body : { ...body, [declared.inverse]: parent.id };
  const made = { command: declared?.create ?? actual, type, input: input(writing, { body: full, ancestors: ancestorsOf(located, resource.steps), ...castOf(step, type) }) };
  return answer(writing, type, await createWith(writing, made, children));
}

const castOf = (step: PathStep, type: ResolvedType): { readonly cast?: string } => (step.cast === undefined && type === step.type ? {} : { cast: type.name });

async function changeOne(writing: Writing): Promise<GraphResponse> {
  const { exchange, resource, tx } = writing;
  const { method } = exchange.request;
  const step = lastStep(resource);
  const kind = method === 'PUT' ? 'replace' : 'update';
  const declared = kind === 'update' ? step.navigation?.update : undefined;
  const looksItself = declared !== undefined && assumed(resource.steps) !== undefined && step.navigation?.contained === true;
  const located = looksItself ? assumed(resource.steps) : await locate(tx, { exchange, steps: resource.steps, sight: 'caller' });
  if (located === undefined) return upsert(writing, step);
  const here = hereOf(located);
  const command = declared ?? commandOf(writing.registry, here.type, kind) ?? not(writing, offeredOn(writing, here.type));
  const read = await admitBody(writing, here.type, { body: exchange.request.body, purpose: kind });
  const body = await withoutFixed(tx, { exchange, steps: resource.steps, sight: 'creator' }, { type: here.type, body: read.body });
  return finish(writing, command, { type: here.type, input: input(writing, { id: here.id, body, ancestors: ancestorsOf(located.slice(0, -1), resource.steps) }) });
}

function hereOf(located: readonly Located[]): Located {
  const here = located.at(-1);
  if (here === undefined) throw new Error('an entity was located without steps');
  return here;
}

/** PATCH on an alternate key that fits nothing makes the object, when the client asks for that. */
async function upsert(writing: Writing, step: PathStep): Promise<GraphResponse> {
  const { key } = step;
  const command = commandOf(writing.registry, step.type, 'create');
  const wanted = writing.exchange.request.method === 'PATCH' && writing.exchange.prefer.has('create-if-missing');
  if (key?.by !== 'property' || !wanted || command === undefined) return refuse('notFound', { value: clip(keyText(writing.resource.steps)) });
  const sent = writing.exchange.request.body;
  const body = typeof sent === 'object' && sent !== null && !Array.isArray(sent) ? { ...sent, [key.property]: key.value } : sent;
  const read = await admitBody(writing, step.type, { body, purpose: 'create' });
  const made = { command, type: read.type, input: input(writing, { body: read.body, alternate: { name: key.property, value: key.value }, ...castOf(step, read.type) }) };
  return answer(writing, read.type, await createWith(writing, made, read.children));
}

async function removeOne(writing: Writing): Promise<GraphResponse> {
  const { exchange, resource, tx } = writing;
  const located = await locateOrRefuse(tx, exchange, resource.steps);
  const here = hereOf(located);
  const command = lastStep(resource).navigation?.remove ?? commandOf(writing.registry, here.type, 'remove') ?? not(writing, offeredOn(writing, here.type));
  return finish(writing, command, { type: here.type, input: input(writing, { id: here.id, ancestors: ancestorsOf(located.slice(0, -1), resource.steps) }) });
}

/** What an action or a function is bound to: an entity, the collection behind its owner, or nothing. */
interface Bound {
  /** '' for a collection, and for nothing. */
  readonly id: string;
  /** undefined for nothing. */
  readonly type: ResolvedType | undefined;
  readonly ancestors: Input['ancestors'];
}

async function boundTo({ exchange, resource, tx }: Writing, find: typeof locateOrRefuse = locateOrRefuse): Promise<Bound> {
  const steps = resource.isCollection ? resource.steps.slice(0, -1) : resource.steps;
  const located = steps.length === 0 ? [] : await find(tx, exchange, steps);
  const here = resource.isCollection ? undefined : located.at(-1);
  const ancestors = ancestorsOf(here === undefined ? located : located.slice(0, -1), resource.steps);
  return { id: here?.id ?? '', type: here?.type ?? resource.steps.at(-1)?.type, ancestors };
}

/** The type of entity that an operation speaks of: what it is bound to, or, bound to nothing, what it says that it answers. */
const spokenOf = ({ registry }: Writing, bound: ResolvedType | undefined, answers: Answers | undefined): ResolvedType | undefined =>
  bound ?? (answers !== undefined && 'entity' in answers ? typeNamed(registry, answers.entity) : undefined);

async function runAction(writing: Writing, ending: Ending & { readonly kind: 'action' }): Promise<GraphResponse> {
  const { exchange, resource } = writing;
  const body = ending.action.file === true ? readFileBody(exchange.request.body) : readParameters(ending.action.parameters ?? {}, exchange.request.body);
  const { type, ...bound } = await boundTo(writing, ending.action.looksItself === true ? locatedUnseen : locateOrRefuse);
  const action = (resource.isCollection ? type?.declared.collectionActions : type?.declared.actions)?.[ending.name] ?? ending.action;
  return finish(writing, action.run, { type: spokenOf(writing, type, action.answers), input: input(writing, { ...bound, body, arguments: ending.given }) });
}

/** A function that a command answers. It only reads, and reads in one transaction. */
async function runFunction(writing: Writing, ending: Ending & { readonly kind: 'function' }): Promise<GraphResponse> {
  const { type, ...bound } = await boundTo(writing);
  return finish(writing, ending.declared.read, { type: spokenOf(writing, type, ending.declared.answers), input: input(writing, { ...bound, arguments: ending.given }) });
}

/** `$ref`: POST and PUT add, DELETE removes — with the target in the path, in `@id`, or (to-one) implied. */
async function writeReference(writing: Writing): Promise<GraphResponse> {
  const { exchange, resource, tx } = writing;
  const { method } = exchange.request;
  const step = lastStep(resource);
  if (step.navigation === undefined) return not(writing, 'GET');
  const located = await locateOrRefuse(tx, exchange, resource.steps.slice(0, -1));
  const source = hereOf(located);
  const navigation = source.type.navigations.get(step.navigationName ?? '') ?? step.navigation;
  if (navigation === undefined) return not(writing, 'GET');
  const command = method === 'DELETE' ? navigation.removeRef : navigation.addRef;
  const fits = method === 'DELETE' || method === (navigation.many ? 'POST' : 'PUT');
  if (command === undefined || !fits) return not(writing, navigation.many ? 'GET, POST, DELETE' : 'GET, PUT, DELETE');
  const ancestors = ancestorsOf(located.slice(0, -1), resource.steps);
  return finish(writing, command, { type: source.type, input: input(writing, { id: source.id, body: { id: await targetOf(writing, step) }, ancestors }) });
}

async function targetOf(writing: Writing, step: PathStep): Promise<string> {
  const { request, options } = writing.exchange;
  if (request.method !== 'DELETE') return await referencedId(writing.tx, writing.exchange, readRefBody(request.body));
  if (step.key?.by === 'key') return step.key.value;
  if (options.id !== undefined) return idOfUrl(options.id, '@id');
  return step.navigation?.many === true ? refuse('missingProperty', { field: '@id', mend: `Name the target: DELETE ${clip(baseUrl(writing.exchange))}/…/{id}/$ref.` }) : '';
}
