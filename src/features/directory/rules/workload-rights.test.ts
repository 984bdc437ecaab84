import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../kernel/caller.ts';
import { directoryRole } from '../../roles/model.ts';
import { canChangeWorkload, canCreateWorkload, type ChangedWorkload } from './workload-rights.ts';

const caller = (permissions: readonly string[], more: Partial<Caller> = {}): Caller => ({
  principalId: 'me', kind: 'servicePrincipal', displayName: 'Me', clientAppId: 'my-app', isDelegated: false,
  permissions: new Set(permissions), directoryRoles: new Set(), entitlementRoles: [], ...more,
});
const person = (permissions: readonly string[], roles: readonly string[] = []): Caller => caller(permissions, { kind: 'user', isDelegated: true, directoryRoles: new Set(roles) });
const agent = (more: Partial<ChangedWorkload> = {}): ChangedWorkload => ({ type: 'agentIdentity', blueprintAppId: 'my-app', isOwnedByCaller: false, isSponsoredByCaller: false, ...more });

describe('rights on workloads', () => {
  it('lets a sponsor disable an agent and do nothing else', () => {
    const sponsor = person(['AgentIdentity.ReadWrite.All']);
    const allowed = (['disable', 'enable', 'edit', 'sponsors', 'delete'] as const).filter((aspect) => canChangeWorkload(sponsor, aspect, agent({ isSponsoredByCaller: true })));
    expect(allowed).toEqual(['disable']);
  });

  it('lets an owner enable and edit', () => {
    const owner = person(['AgentIdentity.ReadWrite.All']);
    expect(canChangeWorkload(owner, 'enable', agent({ isOwnedByCaller: true }))).toBe(true);
    expect(canChangeWorkload(owner, 'edit', agent())).toBe(false);
  });

  it('lets a blueprint create its own agents only', () => {
    const blueprint = caller(['AgentIdentity.CreateAsManager']);
    expect(canCreateWorkload(blueprint, 'agentIdentity', 'my-app')).toBe(true);
    expect(canCreateWorkload(blueprint, 'agentIdentity', 'another-app')).toBe(false);
    expect(canChangeWorkload(blueprint, 'edit', agent({ blueprintAppId: 'another-app' }))).toBe(false);
  });

  it('lets Application.ReadWrite.OwnedBy reach what the application owns', () => {
    const app = caller(['Application.ReadWrite.OwnedBy']);
    const application: ChangedWorkload = { type: 'application', blueprintAppId: null, isOwnedByCaller: true, isSponsoredByCaller: false };
    expect(canCreateWorkload(app, 'application')).toBe(true);
    expect(canChangeWorkload(app, 'credentials', application)).toBe(true);
    expect(canChangeWorkload(app, 'credentials', { ...application, isOwnedByCaller: false })).toBe(false);
    expect(canCreateWorkload(app, 'agentIdentityBlueprint')).toBe(false);
  });

  it('wants a directory role of people who create', () => {
    expect(canCreateWorkload(person(['Application.ReadWrite.All']), 'application')).toBe(false);
    expect(canCreateWorkload(person(['Application.ReadWrite.All'], [directoryRole.applicationAdministrator]), 'application')).toBe(true);
  });
});
