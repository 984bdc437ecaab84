/** Rule 9: a "no" carries every reason. Whatever stands in the way of a request is found independently here, and all of it is told, each with a sentence. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { AskType } from '../../src/features/requests/model.ts';
import type { Schedule } from '../../src/kernel/schedule.ts';
import { Problem } from '../../src/kernel/problem.ts';
import { countOf, makeHouse, makeObject, makePackage, makePolicy, person, administrator, ask } from '../support/lifecycle.ts';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { GraphDoor } from '../support/graph-door.ts';
import { recordsAt, textAt, recordAt, isRecord } from '../../src/kernel/json.ts';

const { db } = await testDatabase();
const door = new GraphDoor(db);
const house = await makeHouse(db, 2);
const [open, forApplications] = house.roleIds;
await sql`update permissions set data = '{"allowedMemberTypes": ["Application"]}' where id = ${forApplications}`.execute(db);
const admin = administrator(await makeObject(db, 'servicePrincipal'));
const hour = 3_600_000;

/** Everything that may stand in the way, each by itself. */
const obstacles = {
  disabled: fc.boolean(), held: fc.boolean(), asked: fc.boolean(), otherPackage: fc.boolean(), group: fc.boolean(), unjustified: fc.boolean(),
  unanswered: fc.boolean(), wrongChoice: fc.boolean(), fixedSchedule: fc.boolean(), cannotHold: fc.boolean(), orphanStages: fc.subarray([0, 1]),
  start: fc.constantFrom(null, -2, 2), end: fc.constantFrom('none', 'missing', 'early', 'fine', 'beyond'),
} as const;
const facts = fc.record(obstacles);
type Facts = typeof facts extends fc.Arbitrary<infer T> ? T : never;

const everyone = { approvers: await makeObject(db, 'user') };

/** Codes that must be told, with what each is about. Counted from the facts, not from the code under test. */
function reasonsFor(given: Facts): readonly string[] {
  const isCustom = given.end !== 'none' || given.start === 2;
  return [
    ...(given.disabled ? ['targetDisabled'] : []), ...(given.held ? ['alreadyAssigned'] : []), ...(given.asked ? ['alreadyRequested'] : []),
    ...(given.otherPackage ? ['incompatibleAccessPackage'] : []), ...(given.group ? ['incompatibleGroup'] : []),
    ...(given.unjustified ? ['justificationRequired'] : []), ...(given.unanswered ? ['answerRequired'] : []), ...(given.wrongChoice ? ['answerNotOffered'] : []),
    ...(given.fixedSchedule && isCustom ? ['customScheduleNotAllowed'] : []), ...(given.start === -2 ? ['startInPast'] : []),
    ...(given.end === 'missing' ? ['endMissing'] : []), ...(given.end === 'early' ? ['endNotAfterStart'] : []), ...(given.end === 'beyond' ? ['endBeyondPolicy'] : []),
    ...(given.cannotHold ? ['memberTypeNotAllowed'] : []), ...given.orphanStages.map(() => 'noApprover'),
  ].toSorted();
}

async function makeGround(given: Facts) {
  const [user, group, questions] = [await makeObject(db, 'user'), await makeObject(db, 'group'), [newId(), newId()]];
  const packageId = await makePackage(db, house, given.cannotHold ? [open ?? '', forApplications ?? ''] : [open ?? '']);
  const other = await makePackage(db, house, []);
  const stage = (nth: number) => ({ durationBeforeAutomaticDenial: 'P14D', primaryApprovers: [{ '@odata.type': '#microsoft.graph.singleUser', userId: given.orphanStages.includes(nth) ? user : everyone.approvers }], fallbackPrimaryApprovers: [] });
  const policyId = await makePolicy(db, packageId, {
    requestor: { allowCustomAssignmentSchedule: !given.fixedSchedule }, expiration: { type: 'afterDuration', duration: 'PT90H' },
    approval: { isApprovalRequiredForAdd: true, isRequestorJustificationRequired: true, stages: [stage(0), stage(1)] },
    questions: [
      { '@odata.type': '#microsoft.graph.accessPackageTextInputQuestion', id: questions[0], text: 'Why?', isRequired: true, sequence: 0 },
      { '@odata.type': '#microsoft.graph.accessPackageMultipleChoiceQuestion', id: questions[1], text: 'Which?', isRequired: true, sequence: 1, choices: [{ actualValue: 'red', text: 'Red' }] },
    ],
  });
  for (const held of [...(given.held ? [packageId] : []), ...(given.otherPackage ? [other] : [])]) {
    await sql`insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at) values (${newId()}, ${held}, ${policyId}, ${user}, 'delivered', 'x', now())`.execute(db);
  }
  if (given.asked) await sql`insert into assignment_requests (id, request_type, state, status, requestor_id, target_id, access_package_id, policy_id, schedule) values (${newId()}, 'userAdd', 'pendingApproval', 'x', ${user}, ${user}, ${packageId}, ${policyId}, '{}')`.execute(db);
  await sql`insert into incompatible_packages values (${other}, ${packageId})`.execute(db);
  await sql`insert into incompatible_groups values (${packageId}, ${group})`.execute(db);
  if (given.group) await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${user}, ${group}, true)`.execute(db);
  if (given.disabled) await sql`update directory_objects set account_enabled = false where id = ${user}`.execute(db);
  return { user, packageId, policyId, questions };
}

function scheduleFor({ start, end }: Facts): Schedule {
  const now = Date.now();
  const from = now + Math.max(start ?? 0, 0) * hour;
  const until = (hours: number) => ({ type: 'afterDateTime' as const, endDateTime: new Date(from + hours * hour).toISOString() });
  const expirations = { none: undefined, missing: { type: 'afterDuration' as const }, early: until(-1), fine: until(5), beyond: until(500) };
  return { ...(start === null ? {} : { startDateTime: new Date(now + start * hour).toISOString() }), ...(expirations[end] === undefined ? {} : { expiration: expirations[end] }) };
}

/** The codes of a refusal. Each has a sentence of its own, and the whole says them all. */
function codesOf(body: unknown): readonly string[] {
  const error = recordAt(isRecord(body) ? body : {}, 'error');
  const details = recordsAt(error, 'details');
  for (const reason of details) {
    expect(textAt(reason, 'message')).toMatch(/^\S.* \S.*\.$/s);
    expect(textAt(error, 'message')).toContain(textAt(reason, 'message'));
  }
  return details.map((reason) => textAt(reason, 'code') ?? '').toSorted();
}

describe('rule 9: a "no" carries every reason', () => {
  it('of a request, whatever stands in its way at once', async () => {
    const seen = new Set<string>();
    await fc.assert(fc.asyncProperty(facts, async (given) => {
      const { user, packageId, questions } = await makeGround(given);
      const answers = [...(given.unanswered ? [] : [{ value: 'because', answeredQuestion: { id: questions[0] } }]), { value: given.wrongChoice ? 'blue' : 'red', answeredQuestion: { id: questions[1] } }]
        .map((answer) => ({ '@odata.type': '#microsoft.graph.accessPackageAnswerString', ...answer }));
      const before = await countOf(db, 'assignment_requests');
      const { status, body } = await door.send('POST', '/identityGovernance/entitlementManagement/assignmentRequests', {
        caller: person(user), body: { requestType: 'userAdd', assignment: { accessPackageId: packageId }, schedule: scheduleFor(given), answers, ...(given.unjustified ? {} : { justification: 'for the ticket' }) },
      });
      const expected = reasonsFor(given);
      for (const code of expected) seen.add(code);
      expect(codesOf(body)).toEqual(expected);
      expect([status < 300, await countOf(db, 'assignment_requests') - before]).toEqual(expected.length === 0 ? [true, 1] : [false, 0]);
    }), { numRuns: 150 });
    expect([...seen].toSorted()).toEqual(['alreadyAssigned', 'alreadyRequested', 'answerNotOffered', 'answerRequired', 'customScheduleNotAllowed', 'endBeyondPolicy', 'endMissing', 'endNotAfterStart', 'incompatibleAccessPackage', 'incompatibleGroup', 'justificationRequired', 'memberTypeNotAllowed', 'noApprover', 'startInPast', 'targetDisabled']);
  }, 300_000);

  it('of a policy, and of a change or an end that is asked for', async () => {
    await fc.assert(fc.asyncProperty(fc.record({ noTargets: fc.boolean(), noStages: fc.boolean(), endsInPast: fc.boolean(), badQuestion: fc.boolean() }), async (given) => {
      const packageId = await makePackage(db, house, []);
      const body = {
        displayName: 'p', accessPackage: { id: packageId }, allowedTargetScope: given.noTargets ? 'specificDirectoryUsers' : 'allMemberUsers', specificAllowedTargets: [],
        expiration: given.endsInPast ? { type: 'afterDateTime', endDateTime: '2020-01-01T00:00:00Z' } : { type: 'noExpiration' }, requestApprovalSettings: { isApprovalRequiredForAdd: given.noStages, stages: [] },
        questions: given.badQuestion ? [{ '@odata.type': '#microsoft.graph.accessPackageTextInputQuestion', text: ' ', sequence: 0 }] : [],
      };
      const { body: answer } = await door.send('POST', '/identityGovernance/entitlementManagement/assignmentPolicies', { caller: admin, body });
      expect(codesOf(answer)).toEqual([...(given.noTargets ? ['noTargets'] : []), ...(given.noStages ? ['noStages'] : []), ...(given.endsInPast ? ['endInPast'] : []), ...(given.badQuestion ? ['questionText'] : [])].toSorted());
    }), { numRuns: 16 });
    const gone: readonly AskType[] = ['userUpdate', 'userRemove', 'approverRemove'];
    for (const type of gone) await expect(ask(db, person(everyone.approvers), { type, named: { assignmentId: newId() } })).rejects.toThrow(Problem);
  }, 40_000);
});
