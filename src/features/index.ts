/**
 * The features, in dependency order: each may call the commands of those before it. What an earlier one needs of a later
 * one (ending access when an identity goes, asking others when an approver does) is handed to it here.
 */
import type { Declaration } from '../platform/graph/model.ts';
import { auditDeclaration } from './audit/api.ts';
import { declareRoles } from './roles/api.ts';
import { roleSchedulesDeclaration, scheduleMembers } from './roleSchedules/api.ts';
import { declareDirectory } from './directory/api/index.ts';
import { visibleObjects } from './directory/store/visibility.ts';
import { organizationsDeclaration } from './organizations/api.ts';
import { keepShutOut } from './organizations/commands/external-users.ts';
import { grantDeclaration } from './grants/api.ts';
import { environments } from './environments/api.ts';
import { catalogs } from './catalogs/api/index.ts';
import { uploads } from './uploads/api.ts';
import { extensionsDeclaration } from './extensions/api.ts';
import { declarePackages } from './packages/api/index.ts';
import { policies } from './policies/api/index.ts';
import { controls } from './controls/api.ts';
import { approverDelegates } from './approverDelegates/api.ts';
import { requestsDeclaration } from './requests/api/index.ts';
import { policyRequirements } from './requests/api/types.ts';
import { listRequirements, requirementsParameters } from './requests/commands/requirements.ts';
import { approvalsDeclaration } from './approvals/api.ts';
import { automaticAssignments } from './automaticAssignments/api.ts';
import { assignmentsDeclaration } from './assignments/api.ts';
import { endAccess, packageRolesChanged, shutOut } from './assignments/commands.ts';
import { suggestions } from './suggestions/api.ts';
import { explanationsDeclaration } from './explanations/api.ts';
import { simulations } from './simulations/api.ts';

/** Names of the features in dependency order; the architecture test holds imports to it. */
export const featureOrder = ['audit', 'roles', 'roleSchedules', 'directory', 'organizations', 'grants', 'environments', 'catalogs', 'uploads', 'extensions', 'packages', 'membershipRules', 'policies', 'controls', 'approverDelegates', 'requests', 'approvals', 'automaticAssignments', 'assignments', 'suggestions', 'mails', 'explanations', 'simulations'] as const;

/** Everything that the Graph service offers. */
export const declarations: readonly Declaration[] = [
  auditDeclaration,
  declareRoles({ ...scheduleMembers, visiblePrincipals: visibleObjects }),
  roleSchedulesDeclaration,
  declareDirectory({ endAccess, shutOut, keepShutOut }),
  organizationsDeclaration,
  grantDeclaration,
  environments,
  catalogs,
  uploads,
  extensionsDeclaration,
  declarePackages({ packageRolesChanged, requirements: { parameters: requirementsParameters, run: listRequirements, looksItself: true, answers: { values: policyRequirements } } }),
  policies,
  controls,
  approverDelegates,
  requestsDeclaration,
  approvalsDeclaration,
  automaticAssignments,
  assignmentsDeclaration,
  suggestions,
  explanationsDeclaration,
  simulations,
];
