import { describe, expect, it } from 'vitest';
import { betaScope, scopeOfBeta, spanOfMinutes, wholeDays, wholeMinutes } from './beta-words.ts';

describe("beta's word for a scope", () => {
  it.each([
    ['NoSubjects', 'notSpecified'], ['SpecificDirectorySubjects', 'specificDirectoryUsers'], ['SpecificConnectedOrganizationSubjects', 'specificConnectedOrganizationUsers'],
    ['AllConfiguredConnectedOrganizationSubjects', 'allConfiguredConnectedOrganizationUsers'], ['AllExistingDirectoryMemberUsers', 'allMemberUsers'],
    ['AllExistingDirectorySubjects', 'allDirectoryUsers'], ['AllExternalSubjects', 'allExternalUsers'],
  ])('%s is %s, both ways and in any letter case', (beta, scope) => {
    expect([scopeOfBeta(beta), scopeOfBeta(beta.toUpperCase()), scopeOfBeta(beta.toLowerCase())]).toEqual([scope, scope, scope]);
    expect(betaScope(scope)).toEqual({ scopeType: beta, isExact: true });
  });

  it('has an older one that is still read', () => { expect(scopeOfBeta('AllExistingConnectedOrganizationSubjects')).toBe('allConfiguredConnectedOrganizationUsers'); });

  it('is missing for what beta does not know', () => {
    expect([scopeOfBeta('Everybody'), scopeOfBeta(''), scopeOfBeta('allMemberUsers')]).toEqual([undefined, undefined, undefined]);
    expect(betaScope('specificDirectoryServicePrincipals')).toEqual({ scopeType: 'SpecificDirectorySubjects', isExact: false });
    for (const scope of ['allDirectoryServicePrincipals', 'allDirectoryAgentIdentities']) expect(betaScope(scope)).toEqual({ scopeType: 'NoSubjects', isExact: false });
  });
});

describe('a length', () => {
  it.each([
    ['P14D', 14, true], ['P0D', 0, true], ['PT36H', 2, false], ['PT24H', 1, false], ['PT1S', 1, false], ['P1W', 7, false], ['P1M', 30, false], ['P1DT1S', 2, false], ['soon', 0, false],
  ])('%s is %i whole days', (text, days, isExact) => { expect(wholeDays(text)).toEqual({ days, isExact }); });

  it.each([
    ['PT30M', 30, true], ['PT90S', 2, false], ['PT60M', 60, false], ['PT1H', 60, true], ['PT90M', 90, true], ['P1D', 1440, true], ['PT24H', 1440, false], ['PT0S', 0, true], ['PT1S', 1, false], ['soon', 0, false],
  ])('%s is %i whole minutes', (text, minutes, isExact) => { expect(wholeMinutes(text)).toEqual({ minutes, isExact }); });

  it.each([[0, 'PT0S'], [1, 'PT1M'], [59, 'PT59M'], [60, 'PT1H'], [61, 'PT61M'], [1439, 'PT1439M'], [1440, 'P1D'], [1500, 'PT25H'], [2880, 'P2D']])('of %i minutes is %s', (minutes, text) => {
    expect(spanOfMinutes(minutes)).toBe(text);
  });
});
