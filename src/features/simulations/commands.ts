/** What a change would mean: made as it would be made, looked at, and taken back. Whoever may not make it is refused as there. */
import { isRecord, recordAt, textAt, type JsonRecord } from '../../kernel/json.ts';
import { refuse } from '../../kernel/problem.ts';
import type { GraphWork, Input } from '../../platform/graph/model.ts';
import { addIncompatibleGroup, addIncompatiblePackage, removeIncompatibleGroup, removeIncompatiblePackage } from '../packages/commands/incompatible.ts';
import { lockManagedPackage } from '../packages/commands/packages.ts';
import { addRole, removeRole } from '../packages/commands/roles.ts';
import { roleScopeFromBody } from '../packages/rules.ts';
import { createPolicy, replacePolicy } from '../policies/commands.ts';
import { loadPolicy } from '../policies/store.ts';
import { reachesPackage } from '../roles/rules.ts';
import { differenceOf } from './rules.ts';
import { attempt, limitTime, readSnapshot, takeOnlyTurn } from './store/attempt.ts';
import { listPlaces, readConsequences } from './store/consequences.ts';

/** A change that can be made, and the packages that it is about: the first is changed, who may ask for the others may change too. */
interface Change {
  readonly packageIds: readonly string[];
  /** The policy that changes, when nothing else does: whoever reads what goes by it may know. */
  readonly policyId?: string;
  readonly make: () => Promise<void>;
}

const kinds = ['policy', 'accessPackage', 'incompatible'] as const;

/** POST simulate, with exactly one kind of change. */
export async function simulate(work: GraphWork, { body }: Input): Promise<JsonRecord> {
  const [kind, ...others] = kinds.filter((name) => isRecord(body[name]));
  if (kind === undefined || others.length > 0) return refuse('invalidModel', { field: kind ?? 'policy', reason: `Send exactly one of ${kinds.join(', ')}.` });
  if (!await takeOnlyTurn(work.tx, work.caller.principalId)) refuse('tooManyRequests', { of: 'this identity: it simulates one change at a time', seconds: 1 });
  await limitTime(work.tx);
  const change = await changesOf[kind](work, recordAt(body, kind));
  const before = await readSnapshot(work.tx, change.packageIds);
  const after = await attempt(work.tx, change.make, async () => await readSnapshot(work.tx, change.packageIds));
  const difference = differenceOf(before, after);
  const places = await listPlaces(work.tx, change.packageIds);
  const namesNobody = !places.every((place) => reachesPackage(work.caller, 'readAssignments', { ...place, policyId: change.policyId }));
  return { kind, areMembersHidden: namesNobody, ...await readConsequences(work.tx, { caller: work.caller, packageId: change.packageIds[0] ?? '', namesNobody }, difference) };
}

const changesOf: Readonly<Record<(typeof kinds)[number], (work: GraphWork, given: JsonRecord) => Promise<Change>>> = {
  policy: changeOfPolicy,
  accessPackage: async (work, given) => changeOfContent(work, given),
  incompatible: async (work, given) => changeOfDuties(work, given),
};

const inputOf = (more: Partial<Input>): Input => ({ id: '', ancestors: [], body: {}, arguments: {}, prefer: new Set(), ...more });

const idIn = (given: JsonRecord, field: string): string => textAt(given, field) ?? refuse('missingProperty', { field, mend: 'Name the access package.' });

/** A policy with an id is replaced, one without is made. */
async function changeOfPolicy(work: GraphWork, { id, accessPackageId, accessPackage, ...rest }: JsonRecord): Promise<Change> {
  const named = textAt(recordAt({ accessPackage }, 'accessPackage'), 'id') ?? textAt({ accessPackageId }, 'accessPackageId');
  const body = { ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)), ...(named === undefined ? {} : { accessPackage: named }) };
  if (typeof id !== 'string') {
    if (named === undefined) return refuse('missingProperty', { field: 'policy/accessPackage', mend: 'Name the access package of a new policy, or the id of the policy that would change.' });
    return { packageIds: [named], make: async () => { await createPolicy(work, inputOf({ body })); } };
  }
  const policy = await loadPolicy(work.tx, id) ?? refuse('notFound', { value: id });
  return { packageIds: [policy.accessPackageId], policyId: id, make: async () => { await replacePolicy(work, inputOf({ id, body })); } };
}

/** Nobody is given or loses anything while it is tried: what would be is counted from the tables. */
const toNobody = async (): Promise<void> => {};

function changeOfContent(work: GraphWork, given: JsonRecord): Change {
  const packageId = idIn(given, 'id');
  const ancestors = [{ type: 'accessPackage', id: packageId, navigation: 'resourceRoleScopes' }];
  const added = rolesIn(given['addRoles']);
  const removed = Array.isArray(given['removeRoles']) ? given['removeRoles'].map(String) : [];
  return {
    packageIds: [packageId],
    make: async () => {
      await lockManagedPackage(work, packageId);
      for (const id of removed) await removeRole(toNobody)(work, inputOf({ id, ancestors }));
      for (const role of added) await addRole(toNobody)(work, inputOf({ ancestors, body: roleScopeFromBody(role) }));
    },
  };
}

/** What joins, each as a POST to resourceRoleScopes has it; anything else would be left out, and nothing said to follow. */
function rolesIn(given: unknown): readonly JsonRecord[] {
  const all: readonly unknown[] = Array.isArray(given) ? given : [];
  return all.map((role, index) => (isRecord(role) ? role : refuse('invalidValue', { field: `accessPackage/addRoles[${index}]`, reason: 'send each role with its scope, as a POST to resourceRoleScopes has them' })));
}

const idsIn = (given: JsonRecord, field: string): readonly string[] => (Array.isArray(given[field]) ? given[field].map(String) : []);

const duties = [
  ['removeIncompatibleAccessPackageIds', 'incompatibleAccessPackages', removeIncompatiblePackage], ['addIncompatibleAccessPackageIds', 'incompatibleAccessPackages', addIncompatiblePackage],
  ['removeIncompatibleGroupIds', 'incompatibleGroups', removeIncompatibleGroup], ['addIncompatibleGroupIds', 'incompatibleGroups', addIncompatibleGroup],
] as const;

function changeOfDuties(work: GraphWork, given: JsonRecord): Change {
  const packageId = idIn(given, 'accessPackageId');
  const others = [...idsIn(given, 'addIncompatibleAccessPackageIds'), ...idsIn(given, 'removeIncompatibleAccessPackageIds')];
  return {
    packageIds: [packageId, ...others],
    make: async () => {
      await lockManagedPackage(work, packageId);
      for (const [field, navigation, command] of duties) {
        for (const id of idsIn(given, field)) await command(work, inputOf({ ancestors: [{ type: 'accessPackage', id: packageId, navigation }], body: { id } }));
      }
    },
  };
}
