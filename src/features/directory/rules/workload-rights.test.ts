import { describe, expect, it } from 'vitest';
import { callerWith, personWith } from '../../../../test/support/graph-work.ts';
import { permissionsThat, rolesThat } from '../../../../test/support/rights.ts';
import type { Caller } from '../../../kernel/caller.ts';
import { directoryRole, ownPermissions } from '../../roles/model.ts';
import type { WorkloadType } from '../model/workload.ts';
import { agentTypesReadBy, type Aspect, becomesOwner, canChangeAgentUser, canChangeWorkload, canCreateWorkload, type ChangedWorkload } from './workload-rights.ts';

const everyPermission = ownPermissions.map(([name]) => name);
const everyRole = Object.values(directoryRole);
const application = (...permissions: readonly string[]): Caller => callerWith(permissions, { clientAppId: 'my-app' });
const person = (permissions: readonly string[], roles: readonly string[] = []): Caller => personWith('me', permissions, roles);
const workload = (type: WorkloadType, more: Partial<ChangedWorkload> = {}): ChangedWorkload => ({ type, blueprintAppId: null, isOwnedByCaller: false, isSponsoredByCaller: false, ...more });
const agent = (more: Partial<ChangedWorkload> = {}): ChangedWorkload => workload('agentIdentity', { blueprintAppId: 'my-app', ...more });
const administrators = ['globalAdministrator', 'applicationAdministrator'];
const areas = { agentIdentityBlueprint: 'AgentIdentityBlueprint', agentIdentityBlueprintPrincipal: 'AgentIdentityBlueprintPrincipal', agentIdentity: 'AgentIdentity' } as const;
const agentAreas = ['agentIdentityBlueprint', 'agentIdentityBlueprintPrincipal', 'agentIdentity'] as const;

describe('what is seen of agents', () => {
  it('are the types that a permission is for', () => {
    for (const type of agentAreas) {
      expect(permissionsThat((name) => agentTypesReadBy(application(name)).includes(type))).toEqual([`${areas[type]}.Read.All`, `${areas[type]}.ReadWrite.All`]);
    }
    expect(agentTypesReadBy(application(...everyPermission))).toEqual(agentAreas);
  });
});

describe('creating a workload', () => {
  const creating: Readonly<Record<WorkloadType, readonly string[]>> = {
    application: ['Application.ReadWrite.All'], servicePrincipal: ['Application.ReadWrite.All'],
    agentIdentityBlueprint: ['AgentIdentityBlueprint.Create', 'AgentIdentityBlueprint.ReadWrite.All', 'Application.ReadWrite.All'],
    agentIdentityBlueprintPrincipal: ['AgentIdentityBlueprintPrincipal.Create', 'AgentIdentityBlueprintPrincipal.ReadWrite.All', 'Application.ReadWrite.All'],
    agentIdentity: ['AgentIdentity.Create.All', 'AgentIdentity.ReadWrite.All', 'Application.ReadWrite.All'],
  };
  it.each(['application', 'servicePrincipal', 'agentIdentityBlueprint', 'agentIdentityBlueprintPrincipal', 'agentIdentity'] as const)('takes a permission for its type, and of people a role: %s', (type) => {
    const narrow = type === 'application' || type === 'servicePrincipal' ? ['Application.ReadWrite.OwnedBy'] : [];
    expect(permissionsThat((name) => canCreateWorkload(application(name), type))).toEqual([...creating[type], ...narrow]);
    expect(permissionsThat((name) => canCreateWorkload(person([name], everyRole), type))).toEqual(creating[type]);
    expect(rolesThat((role) => canCreateWorkload(person(everyPermission, [role]), type))).toEqual(administrators);
  });

  it('lets a blueprint create its own agents only', () => {
    const blueprint = application('AgentIdentity.CreateAsManager');
    expect(canCreateWorkload(blueprint, 'agentIdentity', 'my-app')).toBe(true);
    expect(canCreateWorkload(blueprint, 'agentIdentity', 'another-app')).toBe(false);
    expect(canCreateWorkload(blueprint, 'agentIdentityBlueprint', 'my-app')).toBe(false);
    expect(canCreateWorkload(application(), 'agentIdentity', 'my-app')).toBe(false);
    expect(canCreateWorkload(person(['AgentIdentity.CreateAsManager'], everyRole), 'agentIdentity', 'my-app')).toBe(false);
  });
});

describe('changing a workload', () => {
  const narrow: Readonly<Record<Aspect, readonly string[]>> = {
    create: ['Create', 'Create.All'], edit: [], enable: ['EnableDisable.All'], disable: ['EnableDisable.All'], credentials: ['AddRemoveCreds.All'], sponsors: ['UpdateSponsors.All'], delete: ['DeleteRestore.All'],
  };
  const aspects = ['edit', 'enable', 'disable', 'credentials', 'sponsors', 'delete'] as const;

  it.each(aspects)('takes a permission for what is done, and of people a role: %s', (aspect) => {
    for (const type of agentAreas) {
      const published = [...narrow[aspect], 'ReadWrite.All'].map((word) => `${areas[type]}.${word}`).filter((name) => everyPermission.includes(name));
      const expected = [...published, 'Application.ReadWrite.All'].toSorted();
      expect(permissionsThat((name) => canChangeWorkload(application(name), aspect, workload(type)))).toEqual(expected);
      expect(permissionsThat((name) => canChangeWorkload(person([name], everyRole), aspect, workload(type)))).toEqual(expected);
    }
    for (const type of ['application', 'servicePrincipal'] as const) expect(permissionsThat((name) => canChangeWorkload(application(name), aspect, workload(type)))).toEqual(['Application.ReadWrite.All']);
    expect(rolesThat((role) => canChangeWorkload(person(everyPermission, [role]), aspect, agent()))).toEqual(administrators);
  });

  it('is done by owners, through a client that has the permission', () => {
    for (const aspect of aspects) {
      expect([aspect, canChangeWorkload(person(['AgentIdentity.ReadWrite.All']), aspect, agent({ isOwnedByCaller: true }))]).toEqual([aspect, true]);
      expect([aspect, canChangeWorkload(person(['AgentIdentity.CreateAsManager', 'Application.ReadWrite.OwnedBy']), aspect, agent({ isOwnedByCaller: true }))]).toEqual([aspect, false]);
    }
  });

  it('is no sponsor’s, who disables an agent and does nothing else', () => {
    const sponsored = agent({ isSponsoredByCaller: true });
    expect(aspects.filter((aspect) => canChangeWorkload(person(['AgentIdentity.ReadWrite.All']), aspect, sponsored))).toEqual(['disable']);
    expect(aspects.filter((aspect) => canChangeWorkload(person([]), aspect, sponsored))).toEqual([]);
    expect(aspects.filter((aspect) => canChangeWorkload(person(['AgentIdentity.ReadWrite.All']), aspect, agent()))).toEqual([]);
  });

  it.each<[string, readonly WorkloadType[]]>([['Application.ReadWrite.OwnedBy', ['application', 'servicePrincipal']], ['AgentIdentity.CreateAsManager', ['agentIdentity']]])('by %s reaches what an application owns, of some types', (permission, reached) => {
    const types = ['application', 'servicePrincipal', ...agentAreas] as const;
    const changed = (caller: Caller, isOwnedByCaller: boolean) => types.filter((type) => canChangeWorkload(caller, 'credentials', workload(type, { isOwnedByCaller })));
    expect(changed(application(permission), true)).toEqual(reached);
    expect(changed(application(permission), false)).toEqual([]);
    expect(changed(application(), true)).toEqual([]);
  });

  it('by a blueprint reaches the agents that it made, and no agent does it in its place', () => {
    const blueprint = application('AgentIdentity.CreateAsManager');
    expect(canChangeWorkload(blueprint, 'edit', agent())).toBe(true);
    expect(canChangeWorkload(blueprint, 'edit', agent({ blueprintAppId: 'another-app' }))).toBe(false);
    expect(canChangeWorkload({ ...blueprint, kind: 'agentIdentity' }, 'edit', agent())).toBe(false);
  });
});

describe('agent users', () => {
  it('are changed with a permission, and of people with a role', () => {
    const changing = ['AgentIdUser.ReadWrite.All', 'User.ReadWrite.All'];
    expect(permissionsThat((name) => canChangeAgentUser(application(name), undefined))).toEqual(changing);
    expect(permissionsThat((name) => canChangeAgentUser(person([name], everyRole), 'x'))).toEqual(changing);
    expect(rolesThat((role) => canChangeAgentUser(person(everyPermission, [role]), 'x'))).toEqual(administrators);
  });
  it('are changed by the blueprint of their agents', () => {
    const blueprint = application('AgentIdUser.ReadWrite.IdentityParentedBy');
    expect([canChangeAgentUser(blueprint, 'my-app'), canChangeAgentUser(blueprint, 'another-app'), canChangeAgentUser(blueprint, undefined), canChangeAgentUser(application(), 'my-app')]).toEqual([true, false, false, false]);
    expect(canChangeAgentUser({ ...blueprint, isDelegated: true }, 'my-app')).toBe(false);
  });
});

describe('who creates a workload', () => {
  it('owns it: people do, and applications whose reach is narrow, or that make an agent', () => {
    expect(becomesOwner(person(everyPermission, everyRole), 'application')).toBe(true);
    expect(permissionsThat((name) => !becomesOwner(application(name), 'application'))).toEqual(['Application.ReadWrite.All']);
    expect(permissionsThat((name) => !becomesOwner(application(name), 'agentIdentityBlueprint'))).toEqual(['AgentIdentityBlueprint.Create', 'AgentIdentityBlueprint.ReadWrite.All', 'Application.ReadWrite.All']);
    expect(becomesOwner(application(...everyPermission), 'agentIdentity')).toBe(true);
  });
  it('owns nothing as an agent', () => {
    for (const kind of ['agentIdentity', 'agentUser'] as const) for (const isDelegated of [false, true]) expect(becomesOwner(callerWith([], { kind, isDelegated }), 'agentIdentity')).toBe(false);
  });
});
