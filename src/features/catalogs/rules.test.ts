import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../kernel/caller.ts';
import { connectionReasons, refuseEnvironment } from '../environments/rules.ts';
import { directoryRole } from '../roles/model.ts';
import { originSystems } from './model.ts';
import { mayChangePrivileged, readAskedResource, refusePrivileged, resourceRequestFromBody } from './rules.ts';

const caller = (more: Partial<Caller>): Caller => ({
  principalId: 'p', kind: 'user', displayName: 'x', clientAppId: 'c', isDelegated: true, permissions: new Set(), directoryRoles: new Set(), entitlementRoles: [], ...more,
});
const { globalAdministrator, privilegedRoleAdministrator, identityGovernanceAdministrator } = directoryRole;

describe('privileged catalogs', () => {
  it('are changed by people with the right roles, whatever else they or their client hold', () => {
    fc.assert(fc.property(fc.subarray(Object.values(directoryRole)), fc.subarray(['EntitlementManagement.ReadWrite.All', 'RoleManagement.ReadWrite.Directory', 'Directory.ReadWrite.All']), (roles, permissions) => {
      const held = new Set<string>(roles);
      const expected = held.has(globalAdministrator) || (held.has(privilegedRoleAdministrator) && held.has(identityGovernanceAdministrator));
      expect(mayChangePrivileged(caller({ directoryRoles: held, permissions: new Set(permissions) }))).toBe(expected);
    }));
  });

  it('are changed by applications with both permissions, whatever roles they hold', () => {
    fc.assert(fc.property(fc.subarray(Object.values(directoryRole)), fc.subarray(['EntitlementManagement.ReadWrite.All', 'RoleManagement.ReadWrite.Directory', 'Directory.ReadWrite.All']), (roles, permissions) => {
      const expected = permissions.includes('EntitlementManagement.ReadWrite.All') && permissions.includes('RoleManagement.ReadWrite.Directory');
      expect(mayChangePrivileged(caller({ kind: 'servicePrincipal', isDelegated: false, directoryRoles: new Set(roles), permissions: new Set(permissions) }))).toBe(expected);
    }));
  });

  it('say to each who could', () => {
    expect(refusePrivileged(caller({}))?.message).toContain('Privileged Role Administrator');
    expect(refusePrivileged(caller({ isDelegated: false }))?.message).toContain('RoleManagement.ReadWrite.Directory');
    expect(refusePrivileged(caller({ directoryRoles: new Set([globalAdministrator]) }))).toBeUndefined();
  });
});

describe('what a resource request names', () => {
  it.each([
    [{ environment: { id: 'E1' } }, { id: 'e1' }], [{ environment: { originId: 'O' } }, { originId: 'O' }], [{ accessPackageResourceEnvironment: { id: 'e' } }, { id: 'e' }],
    [{ 'environment@odata.bind': "https://x/v1.0/identityGovernance/entitlementManagement/resourceEnvironments('e-1')" }, { id: 'e-1' }], [{ 'accessPackageResourceEnvironment@odata.bind': 'https://x/resourceEnvironments/e-2' }, { id: 'e-2' }], [{}, undefined],
  ])('is an environment by object or link: %j', (resource, environment) => {
    const body = resourceRequestFromBody({ catalogId: 'c', requestType: 'adminAdd', accessPackageResource: { originSystem: 'AadGroup', originId: 'G', ...resource } });
    const asked = readAskedResource(body['requestedResource'] as Readonly<Record<string, unknown>>);
    expect(asked.environment).toEqual(environment === undefined ? undefined : expect.objectContaining(environment));
    expect(asked.originId).toBe('g');
  });

  it('is uploaded data by its type, with its id as it is written', () => {
    const body = resourceRequestFromBody({ resource: { '@odata.type': '#microsoft.graph.customDataProvidedResource', originId: 'MiXed', displayName: 'x', url: 'dropped' } });
    expect(readAskedResource(body['requestedResource'] as Readonly<Record<string, unknown>>)).toMatchObject({ originSystem: 'CustomDataProvidedResource', originId: 'MiXed' });
  });
});

describe('environments', () => {
  it('hold resources of their own origin, and those of connectors hold uploaded data', () => {
    const refusals = originSystems.flatMap((originSystem) => [
      refuseEnvironment(originSystem, { id: 'e', originSystem, displayName: 'own', isDefault: true })?.code, refuseEnvironment(originSystem, { id: 'e', originSystem: 'SapIag', displayName: 'SAP', isDefault: false })?.code,
    ]);
    const no = 'environmentOfOtherOrigin';
    expect(refusals).toEqual([undefined, no, undefined, no, undefined, no, undefined, undefined]);
    expect(refuseEnvironment('CustomDataProvidedResource', { id: 'e', originSystem: 'AadGroup', displayName: 'Groups', isDefault: true })?.code).toBe(no);
  });

  it.each([
    [{ url: 'https://x.example' }, []], [{}, ['noUrl']], [{ url: 'x' }, ['notHttps']], [{ url: 'http://x', accessTokenUrl: 'ftp://x' }, ['notHttps', 'notHttps']], [{ url: 'https://u@x.example' }, ['secretInAddress']],
  ])('of connectors are at %j: %j', (info, codes) => { expect(connectionReasons(info).map(({ code }) => code)).toEqual(codes); });
});
