import { describe, expect, it } from 'vitest';
import { callerWith, personWith } from '../../../../test/support/graph-work.ts';
import { directoryRole, entitlementRole } from '../../roles/model.ts';
import { governsTenant, removalReasons, seesOrganizations, seesSettings, sponsorReasons } from './organizations.ts';

const whole = 'EntitlementManagement.ReadWrite.All';
const owner = { ...personWith('p', [whole]), entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId: 'c' }] };
const everywhere = { ...owner, entitlementRoles: [{ roleDefinitionId: entitlementRole.catalogOwner, catalogId: undefined }] };

describe('rights', () => {
  it.each([
    ['an application that writes', callerWith([whole]), [true, true, true]],
    ['an application that reads', callerWith(['EntitlementManagement.Read.All']), [true, true, false]],
    ['an application of neither', callerWith(['User.Read.All', 'EntitlementManagement.SelfRequest']), [false, false, false]],
    ['a Global Administrator', personWith('p', [whole], [directoryRole.globalAdministrator]), [true, true, true]],
    ['an Identity Governance Administrator', personWith('p', [whole], [directoryRole.identityGovernanceAdministrator]), [true, true, true]],
    ['an administrator whose client may not write', personWith('p', ['EntitlementManagement.Read.All'], [directoryRole.globalAdministrator]), [true, true, false]],
    ['a Global Reader', personWith('p', [whole], [directoryRole.globalReader]), [true, true, false]],
    ['the owner of a catalog', owner, [true, false, false]],
    ['the owner of every catalog', everywhere, [true, true, false]],
    ['anybody else', personWith('p', [whole, 'EntitlementMgmt-SubjectAccess.ReadWrite']), [false, false, false]],
  ] as const)('%s', (_, caller, expected) => {
    expect([seesOrganizations(caller), seesSettings(caller), governsTenant(caller)]).toEqual(expected);
  });
});

describe('a sponsor', () => {
  const given = { id: 'u', type: 'user', isGuest: false, organizationId: null };
  const codes = (...args: Parameters<typeof sponsorReasons>): readonly string[] => sponsorReasons(...args).map(({ code }) => code);

  it('is a person or a group', () => {
    for (const type of ['user', 'group']) expect(codes({ ...given, type }, 'internal', 'o')).toEqual([]);
    for (const type of ['agentUser', 'servicePrincipal', 'agentIdentity', 'application']) expect(codes({ ...given, type }, 'external', 'o')).toEqual(['sponsorIsNoPerson']);
  });

  it('from elsewhere answers for its own organization only, and never as an insider', () => {
    const guest = { ...given, isGuest: true, organizationId: 'o' };
    expect([codes(guest, 'external', 'o'), codes(guest, 'external', 'other'), codes(guest, 'internal', 'o')]).toEqual([[], ['sponsorOfOtherOrganization'], ['internalSponsorIsGuest']]);
    expect(codes({ ...guest, organizationId: null }, 'external', 'o')).toEqual(['sponsorOfOtherOrganization']);
  });
});

it('an organization goes only when nothing dangles, and a no names everything in the way', () => {
  expect(removalReasons({ policies: [], subjects: [] })).toEqual([]);
  const reasons = removalReasons({ policies: ['Partners'], subjects: ['a', 'b', 'c', 'd', 'e', 'f'] });
  expect(reasons.map(({ code }) => code)).toEqual(['namedByPolicies', 'hasSubjects']);
  expect(reasons.map(({ message }) => message).join(' ')).toMatch(/'Partners'.*'e' and others/);
});
