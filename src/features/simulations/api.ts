/** What simulations contribute to the service: an action of our own, which changes nothing. */
import { any, flag, guid, list, record, text, whole } from '../../platform/graph/declare.ts';
import type { ComplexType, Declaration, Property } from '../../platform/graph/model.ts';
import { policyProperties } from '../policies/api/index.ts';
import { simulate } from './commands.ts';

const type = (complex: string, properties: Readonly<Record<string, Property>>, more: Partial<ComplexType> = {}): ComplexType => ({ complex, properties, ...more });

const ids = (): Property => list(guid({ notNull: true }), { max: 100 });

/** A policy as a PUT has it (`id`), or a POST (`accessPackage`). */
const simulatedPolicy = type('simulatedPolicy', {
  ...Object.fromEntries(Object.entries(policyProperties).filter(([, { readOnly, only }]) => readOnly !== true && only === undefined)),
  id: guid(), accessPackageId: guid(), accessPackage: record(type('simulatedReference', { id: guid() }, { lenient: true })),
});

/** Roles that join, as a POST to resourceRoleScopes has them, and ids of those that go. */
const simulatedContent = type('simulatedContent', { id: guid({ required: true, notNull: true }), addRoles: list(any(), { max: 100 }), removeRoles: list(text({ notNull: true }), { max: 100 }) });

const simulatedDuties = type('simulatedDuties', {
  accessPackageId: guid({ required: true, notNull: true }), addIncompatibleAccessPackageIds: ids(), removeIncompatibleAccessPackageIds: ids(), addIncompatibleGroupIds: ids(), removeIncompatibleGroupIds: ids(),
});

const principal = record(type('simulatedPrincipal', { id: guid(), displayName: text(), kind: text() }));
const listOf = (name: string, properties: Readonly<Record<string, Property>>): Property =>
  record(type(`simulated${name}List`, { count: whole({ notNull: true }), members: list(record(type(`simulated${name}`, { principal, accessPackageId: guid(), ...properties }))) }), { notNull: true });

const ways = { ways: list(text()) };
const role = { assignmentId: guid(), role: record(type('simulatedRole', { kind: text(), resourceId: guid(), permissionId: guid(), displayName: text() })) };

/** What would follow. `members` are the first hundred that the caller may know; `count` is all of them. */
const simulation = type('simulation', {
  kind: text({ notNull: true }), areMembersHidden: flag({ notNull: true }),
  gains: listOf('Gain', ways), losses: listOf('Loss', ways), holdersOutOfScope: listOf('HolderOutOfScope', { assignmentId: guid(), isTaken: flag() }),
  rolesGained: listOf('RoleGained', role), rolesLost: listOf('RoleLost', role), conflicts: listOf('Conflict', { assignmentId: guid() }),
  openRequests: listOf('OpenRequest', { requestId: guid(), effects: list(text()), follows: flag() }),
});

export const simulations: Declaration = {
  types: [], roots: [],
  actions: [{
    path: 'simulate', only: 'gatehouse', parameters: { policy: record(simulatedPolicy), accessPackage: record(simulatedContent), incompatible: record(simulatedDuties) },
    run: async (work, input) => ({ answer: 'value', type: simulation, value: await simulate(work, input) }), answers: { value: simulation },
  }],
};
