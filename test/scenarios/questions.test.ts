/** A policy asks questions: people read them in their language, and are told all that is wrong with their answers at once. */
import { describe, expect, it } from 'vitest';
import { entitlement, textOf, type Entity } from '../../cli/client/graph.ts';
import { send, type Answer } from '../../cli/client/http.ts';
import { createAgent, createBlueprint, createPerson, createPublicClient, redirectUri, type Person } from '../../cli/client/organisation.ts';
import { oneUser, policyBody, requestBody, sponsorsOrOwners } from '../../cli/client/policies.ts';
import { personToken } from '../../cli/client/sign-in.ts';
import { ownApiScope } from '../../cli/client/tokens.ts';
import { recordAt, recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import { offer, type Offer } from '../support/access.ts';
import { inBeta } from '../support/beta.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const requests = `${entitlement}/assignmentRequests`;
const self = { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: true };
const boss = await createPerson(graph, 'Boss', server.domain);
let count = 0;
const newPerson = async (): Promise<Person> => await createPerson(graph, `Asked ${++count}`, server.domain);

const german = (text: string): readonly JsonRecord[] => [{ languageCode: 'de-DE', text }];
const [text, choice] = ['#microsoft.graph.accessPackageTextInputQuestion', '#microsoft.graph.accessPackageMultipleChoiceQuestion'];
const questions: readonly JsonRecord[] = [
  { '@odata.type': text, sequence: 0, text: 'Ticket', localizations: german('Vorgang'), isRequired: true, isAnswerEditable: false, isSingleLineQuestion: true, regexPattern: '[A-Z]{2}-[0-9]+' },
  {
    '@odata.type': choice, sequence: 1, text: 'Team', localizations: german('Mannschaft'), isRequired: true, isAnswerEditable: true, isMultipleSelectionAllowed: false,
    choices: [{ actualValue: 'r', text: 'Red', localizations: german('Rot') }, { actualValue: 'g', text: 'Green', localizations: [] }],
  },
  { '@odata.type': choice, sequence: 2, text: 'Sites', localizations: [], isRequired: false, isAnswerEditable: true, isMultipleSelectionAllowed: true, choices: [{ actualValue: 'n', text: 'North', localizations: [] }, { actualValue: 's', text: 'South', localizations: [] }] },
];

interface Asking extends Offer {
  /** Ids of the questions, in order. */
  readonly ids: readonly string[];
}

async function asking(options: Parameters<typeof policyBody>[1] = {}, more: JsonRecord = {}): Promise<Asking> {
  const { catalogId, packageId, policyId } = await offer(graph, []);
  await graph.must('DELETE', `${entitlement}/assignmentPolicies/${policyId}`);
  const made = await graph.create(`${entitlement}/assignmentPolicies`, { ...policyBody(packageId, { scope: 'allMemberUsers', requestor: self, ...options }), questions, ...more });
  return { catalogId, packageId, policyId: made.id, ids: recordsAt(await graph.read(`${entitlement}/assignmentPolicies/${made.id}?$expand=questions`), 'questions').map((one) => textOf(one, 'id')) };
}

const said = (id: string | undefined, value: string): JsonRecord => ({ '@odata.type': '#microsoft.graph.accessPackageAnswerString', value, answeredQuestion: { '@odata.type': text, id } });
const ask = (person: { readonly id: string }, to: Offer, answers: readonly JsonRecord[]): JsonRecord => requestBody('userAdd', { targetId: person.id, ...to }, { answers });
const inGerman = async (who: MicrosoftGraph, call: { readonly path: string; readonly body?: JsonRecord; readonly version?: string }): Promise<Answer> =>
  await send('POST', `${who.base}/${call.version ?? 'v1.0'}${call.path}`, { token: await who.token(), body: call.body ?? {}, headers: { 'accept-language': 'de, en;q=0.5' } });

describe('a policy that asks', () => {
  it('is saved with patterns that end in linear time only, and told why not', async () => {
    const { packageId } = await offer(graph, []);
    const refusal = async (regexPattern: string) => await graph.refusal('POST', `${entitlement}/assignmentPolicies`, { ...policyBody(packageId), questions: [{ '@odata.type': text, sequence: 0, text: 'Code', regexPattern }] });
    expect(await refusal('(?=a)b')).toMatchObject({ status: 400, codes: ['questionPattern'], target: 'questions[0]/regexPattern', message: expect.stringContaining('(?=') as string });
    for (const pattern of ['(a)\\1', '(', '[a-z]{1000}[a-z]{1000}[a-z]{1000}', 'a'.repeat(501)]) expect((await refusal(pattern)).codes).toEqual(['questionPattern']);
  });

  it('tells them to whoever expands them, also among selected properties', async () => {
    const to = await asking();
    const read = async (query: string) => Object.keys(await graph.read(`${entitlement}/assignmentPolicies/${to.policyId}?${query}`)).filter((name) => !name.startsWith('@'));
    expect([await read('$select=id&$expand=questions'), await read('$select=id,displayName')]).toEqual([['id', 'questions'], ['id', 'displayName']]);
  });

  it('says what it wants in the reader\'s language, in either version', async () => {
    const [to, person] = [await asking(), await newPerson()];
    const desk = await server.asPerson(person);
    const path = `${entitlement}/accessPackages/${to.packageId}/getApplicablePolicyRequirements`;
    const [plain, localized] = [recordsAt(await desk.must('POST', path, {}), 'value')[0] ?? {}, recordsAt((await inGerman(desk, { path })).json, 'value')[0] ?? {}];
    expect(recordsAt(plain, 'questions')).toMatchObject([{ text: 'Ticket', localizations: [{ text: 'Vorgang' }] }, { text: 'Team' }, { text: 'Sites' }]);
    expect(recordsAt(localized, 'questions')).toMatchObject([{ text: 'Vorgang', isRequired: true, regexPattern: '[A-Z]{2}-[0-9]+' }, { text: 'Mannschaft', choices: [{ actualValue: 'r', text: 'Rot' }, { text: 'Green' }] }, { text: 'Sites' }]);
    const beta = recordsAt((await inGerman(desk, { path, version: 'beta' })).json, 'value')[0] ?? {};
    expect(recordsAt(beta, 'questions')).toMatchObject([{ text: { defaultText: 'Vorgang', localizedTexts: [{ text: 'Vorgang' }] } }, { allowsMultipleSelection: false, choices: [{ displayValue: { defaultText: 'Rot' } }, { displayValue: { defaultText: 'Green' } }] }, {}]);
    expect(beta['existingAnswers']).toEqual([]);
  });
});

describe('answers', () => {
  it('are told everything that is wrong with them at once, with the place of each', async () => {
    const [to, person] = [await asking(), await newPerson()];
    const desk = await server.asPerson(person);
    const [ticket, team, sites] = to.ids;
    const none = await desk.refusal('POST', requests, ask(person, to, []));
    expect(none).toMatchObject({ status: 400, codes: ['answerRequired', 'answerRequired'] });
    const answers = [said(ticket, 'lower-7\n'), said(team, 'blue'), said(team, 'r'), said(sites, 'n'), said(sites, 'west'), said('11111111-1111-4111-8111-111111111111', 'x')];
    const wrong = await send('POST', `${graph.base}/v1.0${requests}`, { token: await desk.token(), body: ask(person, to, answers) });
    expect(recordsAt(recordAt(wrong.json, 'error'), 'details').map((one) => [textAt(one, 'code'), textAt(one, 'target')])).toEqual([
      ['questionUnknown', 'answers[5]/answeredQuestion/id'], ['answerNotSingleLine', `answers/${ticket ?? ''}`], ['answerPattern', `answers/${ticket ?? ''}`],
      ['answeredTwice', `answers/${team ?? ''}`], ['answerNotOffered', `answers/${team ?? ''}`], ['answerNotOffered', `answers/${sites ?? ''}`],
    ]);
    expect(await desk.refusal('POST', requests, ask(person, to, [said(ticket, 'x'.repeat(4001))]))).toMatchObject({ status: 400, target: expect.stringContaining('answers[0]') as string });
    expect(await desk.list(requests)).toEqual([]);
  });

  it('are kept with what people are shown for them, whatever the client says', async () => {
    const [to, person] = [await asking({ stages: [{ primary: [oneUser(boss.id)] }] }), await newPerson()];
    const desk = await server.asPerson(person);
    const [ticket, team, sites] = to.ids;
    const answers = [said(ticket, 'AB-7'), { ...said(team, 'r'), displayValue: 'harmless', answeredQuestion: { id: team, text: 'Nothing' } }, said(sites, 'n'), { '@odata.type': '#microsoft.graph.accessPackageAnswerChoice', actualValue: 's', answeredQuestion: { id: sites } }];
    const { json } = await inGerman(desk, { path: requests, body: ask(person, to, answers) });
    const shown = [['AB-7', 'AB-7', 'Vorgang'], ['r', 'Rot', 'Mannschaft'], ['n', 'North', 'Sites'], ['s', 'South', 'Sites']];
    const inWords = (request: JsonRecord): unknown => recordsAt(request, 'answers').map((one) => [one['value'], one['displayValue'], textAt(recordAt(one, 'answeredQuestion'), 'text')]);
    expect(inWords(json)).toEqual(shown);
    const chief = await server.asPerson(boss);
    expect(inWords(await chief.read(`${requests}/${textOf(json, 'id')}`))).toEqual(shown);
    const beta = await inBeta(desk, { method: 'GET', path: `${entitlement}/accessPackageAssignmentRequests/${textOf(json, 'id')}` });
    expect(recordsAt(beta.json, 'answers')[0]).toMatchObject({ value: 'AB-7', answeredQuestion: { text: { defaultText: 'Vorgang' } } });
  });

  it('change with a userUpdate where they are editable, and are told as existing ones', async () => {
    const [to, person] = [await asking(), await newPerson()];
    const desk = await server.asPerson(person);
    const [ticket, team] = to.ids;
    const { assignment } = await desk.read(`${requests}/${(await desk.create(requests, ask(person, to, [said(ticket, 'AB-7'), said(team, 'r')]))).id}?$expand=assignment`);
    const id = textOf(assignment as JsonRecord, 'id');
    const update = (answers: readonly JsonRecord[], more: JsonRecord = { assignment: { id } }): JsonRecord => ({ requestType: 'userUpdate', answers, ...more });
    expect(await desk.refusal('POST', requests, update([said(ticket, 'CD-8'), said(team, 'g')]))).toMatchObject({ status: 400, codes: ['answerNotEditable'] });
    await desk.create(requests, update([said(ticket, 'AB-7'), said(team, 'g')]));
    await desk.create(requests, update([said(team, 'r')], { assignment: { accessPackageId: to.packageId, assignmentPolicyId: to.policyId, targetId: person.id } }));
    const path = `${entitlement}/accessPackages/${to.packageId}/getApplicablePolicyRequirements`;
    const { json } = await inBeta(desk, { method: 'POST', path, body: {} });
    expect(recordsAt(recordsAt(json, 'value')[0] ?? {}, 'existingAnswers').map((one) => [one['value'], one['displayValue']])).toEqual([['AB-7', 'AB-7'], ['r', 'Red']]);
    await graph.create(requests, { requestType: 'adminUpdate', assignment: { id }, answers: [said(ticket, 'ZZ-1')] });
    expect(await graph.refusal('POST', requests, { requestType: 'adminUpdate', assignment: { id }, answers: [said(ticket, 'wrong')] })).toMatchObject({ status: 400, codes: ['answerPattern'] });
  });
});

describe('requirements for another', () => {
  it('are told to whoever may ask on behalf, and to nobody else', async () => {
    const [sponsor, stranger] = [await newPerson(), await newPerson()];
    const blueprint = await createBlueprint(graph, 'asked bots', [sponsor]);
    const bot: Entity = await createAgent(graph, blueprint, { displayName: 'asked bot', sponsors: [sponsor] });
    const to = await asking({ scope: 'allDirectoryAgentIdentities', requestor: { enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [sponsorsOrOwners] } });
    const path = `${entitlement}/accessPackages/${to.packageId}/getApplicablePolicyRequirements`;
    const needs = async (who: Person, body: JsonRecord): Promise<unknown> => recordsAt(await (await server.asPerson(who)).must('POST', path, body), 'value').map((one) => one['policyId']);
    expect(await needs(sponsor, { subject: { objectId: bot.id } })).toEqual([to.policyId]);
    expect(await needs(sponsor, {})).toEqual([]);
    for (const objectId of [bot.id, sponsor.id, '11111111-1111-4111-8111-111111111111']) expect(await needs(stranger, { subject: { objectId } })).toEqual([]);
    expect(recordsAt(await (await server.asAgent(blueprint, bot)).must('POST', path, {}), 'value')).toEqual([]);
    const { appId } = await createPublicClient(graph, 'no requests', ['User.Read']);
    const reader = server.withToken(await personToken(server.door, { clientId: appId, redirectUri, ...sponsor, scope: `${ownApiScope} openid` }));
    expect((await reader.refusal('POST', path, { subject: { objectId: bot.id } })).status).toBe(403);
    expect(await (await server.asPerson(stranger)).refusal('POST', path, { subject: { objectId: 'nobody' } })).toMatchObject({ status: 400 });
  });
});
