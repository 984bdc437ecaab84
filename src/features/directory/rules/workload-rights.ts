/** Who may see and change applications, service principals and agents (Graph permissions reference; contract §3 "Permissions"). */
import type { Caller } from '../../../kernel/caller.ts';
import { directoryRole } from '../../roles/model.ts';
import { hasDirectoryRole, hasPermission } from '../../roles/rules.ts';
import type { Workload, WorkloadType } from '../model/workload.ts';

/** What somebody wants to do to a workload. */
export type Aspect = 'create' | 'edit' | 'enable' | 'disable' | 'credentials' | 'sponsors' | 'delete';

/** Permissions that show every workload, of whatever type. */
export const readsAll = ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'] as const;

const areas = {
  agentIdentityBlueprint: 'AgentIdentityBlueprint', agentIdentityBlueprintPrincipal: 'AgentIdentityBlueprintPrincipal', agentIdentity: 'AgentIdentity',
} as const;

/** Types with permissions of their own. */
export type AgentArea = keyof typeof areas;

/** Agent types of which the caller's permissions show every object. */
export const agentTypesReadBy = (caller: Caller): readonly AgentArea[] =>
  agentAreas.filter((type) => hasPermission(caller, `${areas[type]}.Read.All`, `${areas[type]}.ReadWrite.All`));

const agentAreas: readonly AgentArea[] = ['agentIdentityBlueprint', 'agentIdentityBlueprintPrincipal', 'agentIdentity'];

/** Last part of the permission names that allow one aspect, besides ReadWrite.All. */
const narrower: Readonly<Record<Aspect, readonly string[]>> = {
  create: ['Create', 'Create.All'], edit: [], enable: ['EnableDisable.All'], disable: ['EnableDisable.All'],
  credentials: ['AddRemoveCreds.All'], sponsors: ['UpdateSponsors.All'], delete: ['DeleteRestore.All'],
};

const isAgentArea = (type: WorkloadType): type is AgentArea => type in areas;

function permissionsFor(type: WorkloadType, aspect: Aspect): readonly string[] {
  if (!isAgentArea(type)) return ['Application.ReadWrite.All'];
  return ['Application.ReadWrite.All', `${areas[type]}.ReadWrite.All`, ...narrower[aspect].map((word) => `${areas[type]}.${word}`)];
}

const administrators = [directoryRole.globalAdministrator, directoryRole.applicationAdministrator] as const;

/**
 * Whether the caller may create a workload of a type. A person needs a directory role besides the permission.
 * `blueprintAppId`: the blueprint of the new agent, whose own application may create its agents (AgentIdentity.CreateAsManager).
 */
export function canCreateWorkload(caller: Caller, type: WorkloadType, blueprintAppId?: string): boolean {
  const permitted = hasPermission(caller, ...permissionsFor(type, 'create'));
  if (caller.isDelegated) return permitted && hasDirectoryRole(caller, ...administrators);
  if (permitted) return true;
  if (type === 'agentIdentity') return hasPermission(caller, 'AgentIdentity.CreateAsManager') && blueprintAppId === caller.clientAppId;
  return !isAgentArea(type) && hasPermission(caller, 'Application.ReadWrite.OwnedBy');
}

/** What {@link canChangeWorkload} needs to know of the workload. */
export type ChangedWorkload = Pick<Workload, 'type' | 'blueprintAppId' | 'isOwnedByCaller' | 'isSponsoredByCaller'>;

/** Whether the caller may make a change. Owners may change what they own; a sponsor may do nothing but disable (contract §3). */
export function canChangeWorkload(caller: Caller, aspect: Aspect, workload: ChangedWorkload): boolean {
  const permitted = hasPermission(caller, ...permissionsFor(workload.type, aspect));
  if (caller.isDelegated) {
    if (!permitted) return false;
    return hasDirectoryRole(caller, ...administrators) || workload.isOwnedByCaller || (aspect === 'disable' && workload.isSponsoredByCaller);
  }
  if (permitted) return true;
  if (!workload.isOwnedByCaller && !isItsBlueprint(caller, workload)) return false;
  return hasPermission(caller, isAgentArea(workload.type) ? 'AgentIdentity.CreateAsManager' : 'Application.ReadWrite.OwnedBy')
    && (workload.type === 'agentIdentity' || !isAgentArea(workload.type));
}

const isItsBlueprint = (caller: Caller, workload: ChangedWorkload): boolean =>
  caller.kind === 'servicePrincipal' && workload.blueprintAppId === caller.clientAppId;

/** Whether the caller may create, change or delete agent users of an agent of this blueprint. */
export function canChangeAgentUser(caller: Caller, blueprintAppId: string | undefined): boolean {
  const permitted = hasPermission(caller, 'AgentIdUser.ReadWrite.All', 'User.ReadWrite.All');
  if (permitted) return !caller.isDelegated || hasDirectoryRole(caller, directoryRole.globalAdministrator, directoryRole.applicationAdministrator);
  return !caller.isDelegated && hasPermission(caller, 'AgentIdUser.ReadWrite.IdentityParentedBy') && blueprintAppId === caller.clientAppId;
}

/** Whether a new workload's creator becomes its owner: people always do, applications when they may only reach what is theirs or make an agent. */
export function becomesOwner(caller: Caller, type: WorkloadType): boolean {
  if (caller.kind === 'agentIdentity' || caller.kind === 'agentUser') return false;
  if (caller.isDelegated) return true;
  return type === 'agentIdentity' || !hasPermission(caller, ...permissionsFor(type, 'create'));
}
