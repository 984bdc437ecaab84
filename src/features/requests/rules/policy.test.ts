import { describe, expect, it } from 'vitest';
import { ann, factsOf, policyOf } from '../../../../test/support/request-facts.ts';
import type { OrganizationState } from '../../organizations/model.ts';
import { targetScopes, type AllowedTargetScope } from '../../policies/model.ts';
import type { Facts, PolicyFacts, Target } from '../model.ts';
import { applicablePolicies, choosePolicy, isInScope, mayAsk, narrowestFirst, notRequestable } from './policy.ts';

const guestOf = (state: OrganizationState | undefined): Target => ({ ...ann, id: 'guest', isGuest: true, organization: state === undefined ? null : { id: 'o', state } });
const targets = {
  member: ann, 'guest from nowhere': guestOf(undefined), 'guest of a proposed organization': guestOf('proposed'), 'guest of a configured organization': guestOf('configured'),
  'agent user': { ...ann, kind: 'agentUser' }, 'service principal': { ...ann, kind: 'servicePrincipal' }, agent: { ...ann, kind: 'agentIdentity' },
} as const satisfies Readonly<Record<string, Target>>;
type Kind = keyof typeof targets;
const kinds = Object.keys(targets) as readonly Kind[];
const guests: readonly Kind[] = ['guest from nowhere', 'guest of a proposed organization', 'guest of a configured organization'];

/** Who is in the scope: [without being named, when named]. */
const reach: Readonly<Record<AllowedTargetScope, readonly [readonly Kind[], readonly Kind[]]>> = {
  notSpecified: [kinds, kinds],
  specificDirectoryUsers: [[], ['member', ...guests, 'agent user']],
  specificDirectoryServicePrincipals: [[], ['service principal', 'agent']],
  specificConnectedOrganizationUsers: [[], guests],
  allMemberUsers: [['member', 'agent user'], ['member', 'agent user']],
  allDirectoryUsers: [['member', ...guests, 'agent user'], ['member', ...guests, 'agent user']],
  allDirectoryServicePrincipals: [['service principal'], ['service principal']],
  allConfiguredConnectedOrganizationUsers: [['guest of a configured organization'], ['guest of a configured organization']],
  allExternalUsers: [guests, guests],
  allDirectoryAgentIdentities: [['agent'], ['agent']],
};

describe('a scope', () => {
  it.each(targetScopes.flatMap((scope) => kinds.map((kind) => [scope, kind] as const)))('%s and a %s', (scope, kind) => {
    const policy = policyOf({ allowed_target_scope: scope });
    const [unnamed, named] = reach[scope];
    expect([isInScope(policy, targets[kind]), isInScope({ ...policy, namesTarget: true }, targets[kind])]).toEqual([unnamed.includes(kind), named.includes(kind)]);
  });

  it('by rule is for people, not for agent users', () => {
    const policy = policyOf({ allowed_target_scope: 'specificDirectoryUsers', specific_allowed_targets: [{ '@odata.type': '#microsoft.graph.attributeRuleMembers', membershipRule: 'user.department -eq "x"' }] }, { namesTarget: true });
    expect([isInScope(policy, ann), isInScope(policy, targets['agent user'])]).toEqual([true, false]);
  });
});

describe('who may ask', () => {
  const wishes = ['Add', 'Update', 'Remove'] as const;
  it.each(wishes)('for itself, to %s', (wish) => {
    for (const flag of wishes) expect(mayAsk({ callerId: 'ann', target: ann }, policyOf({ requestor_settings: { [`enableTargetsToSelf${flag}Access`]: true } }), wish)).toBe(flag === wish);
    const behalf = { requestor_settings: { [`enableOnBehalfRequestorsTo${wish}Access`]: true } };
    expect(mayAsk({ callerId: 'ann', target: ann }, policyOf(behalf, { isOnBehalf: true }), wish)).toBe(false);
  });

  it.each(wishes)('for another, to %s', (wish) => {
    for (const flag of wishes) {
      const settings = { requestor_settings: { [`enableOnBehalfRequestorsTo${flag}Access`]: true } };
      expect(mayAsk({ callerId: 'bob', target: ann }, policyOf(settings, { isOnBehalf: true }), wish)).toBe(flag === wish);
      expect(mayAsk({ callerId: 'bob', target: ann }, policyOf(settings), wish)).toBe(false);
    }
    expect(mayAsk({ callerId: 'bob', target: ann }, policyOf({ requestor_settings: { [`enableTargetsToSelf${wish}Access`]: true } }, { isOnBehalf: true }), wish)).toBe(false);
  });
});

const scoped = (scope: AllowedTargetScope, id: string = scope): PolicyFacts => policyOf({ id, display_name: scope, allowed_target_scope: scope }, { namesTarget: true });

describe('of several policies', () => {
  it('the narrowest comes first, and among equals the older id', () => {
    expect(targetScopes.map((scope) => scoped(scope)).toSorted(narrowestFirst).map(({ policy }) => policy.allowedTargetScope)).toEqual([
      'specificDirectoryUsers', 'specificDirectoryServicePrincipals', 'specificConnectedOrganizationUsers', 'allMemberUsers', 'allDirectoryAgentIdentities',
      'allDirectoryServicePrincipals', 'allDirectoryUsers', 'allConfiguredConnectedOrganizationUsers', 'allExternalUsers', 'notSpecified',
    ]);
    const [one, other] = [scoped('allMemberUsers', 'b'), scoped('allMemberUsers', 'a')];
    expect([[one, other].toSorted(narrowestFirst), [other, one].toSorted(narrowestFirst)]).toEqual([[other, one], [other, one]]);
  });

  it('those fit that hold the target and let the caller ask; administrators assign under any that holds it', () => {
    const policies = [scoped('notSpecified'), scoped('allDirectoryUsers'), scoped('specificDirectoryUsers'), scoped('allDirectoryAgentIdentities'), policyOf({ id: 'closed', requestor_settings: {} })];
    const ids = (more: Partial<Facts>) => applicablePolicies(factsOf({ policies, ...more })).map(({ policy }) => policy.id);
    expect(ids({})).toEqual(['specificDirectoryUsers', 'allDirectoryUsers']);
    expect(ids({ isAdmin: true })).toEqual(['specificDirectoryUsers', 'allDirectoryUsers', 'closed', 'notSpecified']);
    expect(ids({ callerId: 'bob' })).toEqual([]);
  });

  it('the caller may name one that fits', () => {
    const policies = [scoped('specificDirectoryUsers'), scoped('allDirectoryUsers'), scoped('allDirectoryAgentIdentities')];
    const chosen = (more: Partial<Facts>) => { const found = choosePolicy(factsOf({ policies, ...more })); return 'code' in found ? found : found.policy.id; };
    expect([chosen({}), chosen({ namedPolicyId: 'allDirectoryUsers' })]).toEqual(['specificDirectoryUsers', 'allDirectoryUsers']);
    for (const namedPolicyId of ['allDirectoryAgentIdentities', 'unknown']) expect(chosen({ namedPolicyId })).toBe(notRequestable);
  });
});

describe('a policy that is not found', () => {
  const policies = [scoped('allDirectoryAgentIdentities')];
  const why = (more: Partial<Facts>) => choosePolicy(factsOf({ policies, isAdmin: true, ...more }));

  it('is told administrators in detail', () => {
    expect(why({ namedPolicyId: 'unknown' })).toEqual({ code: 'policyNotInPackage', target: 'assignment/assignmentPolicyId', message: "Access package 'Package' has no policy 'unknown'. Name one of its policies." });
    expect(why({})).toEqual({ code: 'targetNotInScope', target: 'assignment/targetId', message: "'Ann' (user) is not among those who may receive 'Package'. Use or make a policy whose scope contains it." });
    expect(why({ namedPolicyId: 'allDirectoryAgentIdentities', target: { ...ann, displayName: null } })).toEqual({
      code: 'targetNotInScope', target: 'assignment/targetId', message: "'ann' (user) is not among those who may receive 'Package' through policy 'allDirectoryAgentIdentities'. Use or make a policy whose scope contains it.",
    });
  });

  it('is told everybody else alike', () => {
    expect([why({ isAdmin: false }), why({ isAdmin: false, namedPolicyId: 'unknown' })]).toEqual([notRequestable, notRequestable]);
    expect(notRequestable).toEqual({ code: 'packageNotRequestable', target: 'assignment/accessPackageId', message: 'No policy of an access package with this id lets you ask for this identity. Check the ids, or ask an administrator to assign it.' });
  });
});
