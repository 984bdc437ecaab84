import { expect, it } from 'vitest';
import { ownDoing } from './own-doing.ts';
import { parseMembershipRule } from './parse.ts';

const of = (text: string): readonly string[] => {
  const rule = parseMembershipRule(text);
  return rule.ok ? ownDoing(rule.value) : expect.unreachable(JSON.stringify(rule.reasons));
};
const id = '11111111-1111-4111-8111-111111111111';

it.each([
  ['user.department -eq "x"', []], ['user.accountEnabled -eq true', []], ['user.mobilePhone -startsWith "+43"', ['user.mobilePhone']],
  ['user.businessPhones -any (_ -eq "1") -or user.preferredLanguage -eq "de" -or user.mobilePhone -ne null', ['user.businessPhones', 'user.preferredLanguage', 'user.mobilePhone']],
  ['-not (user.mobilePhone -eq null)', ['user.mobilePhone']], ['user.department -eq "x" -and user.mobilePhone -eq "1"', ['user.mobilePhone']], [`Direct Reports for "${id}"`, []],
  [`Direct Reports for "${id}" -and user.mobilePhone -eq "1"`, ['user.mobilePhone']],
  [`user.objectId -in ["${id}"] -and user.mobilePhone -eq "1"`, []], ['user.objectId -startsWith "1" -and user.mobilePhone -eq "1"', ['user.mobilePhone']],
  [`-not (user.objectId -eq "${id}") -and user.mobilePhone -eq "1"`, ['user.mobilePhone']],
  ['servicePrincipal.tags -any (_ -eq "prod")', ['servicePrincipal.tags']], ['servicePrincipal.displayName -startsWith "hr"', ['servicePrincipal.displayName']], ['agent.kind -eq "agentIdentity"', []],
  [`agent.owners -any (_ -eq "${id}") -or agent.sponsors -all (_ -eq "${id}")`, ['agent.owners', 'agent.sponsors']],
  ['agent.ownerDepartments -any (_ -eq "x") -or agent.sponsorDepartments -any (_ -eq "x")', ['agent.ownerDepartments', 'agent.sponsorDepartments']],
  [`agent.blueprintId -eq "${id}" -and (agent.tags -any (_ -eq "prod") -or agent.displayName -eq "x")`, []], [`agent.blueprintId -ne "${id}" -and agent.tags -any (_ -eq "x")`, ['agent.tags']],
  [`agent.blueprintId -eq "${id}" -or agent.tags -any (_ -eq "prod")`, ['agent.tags']], [`servicePrincipal.appId -eq "${id}" -or (servicePrincipal.objectId -eq "${id}" -and servicePrincipal.tags -any (_ -eq "x"))`, []],
])('%s', (text, expected) => { expect(of(text)).toEqual(expected); });
