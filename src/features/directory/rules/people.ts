/** What makes a valid user or group, and who answers for what when a person leaves. */
import { decideBy, type Decision } from '../../../kernel/decision.ts';
import type { Reason } from '../../../kernel/problem.ts';

const mailNickname = /^[^\s@()\\[\]";:<>,]{1,64}$/;
const principalName = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const shortestPassword = 8;
const longestPassword = 256;

/** Whether a text can be a user principal name: local part, `@`, domain. */
export const isPrincipalName = (text: string): boolean => principalName.test(text);

/** Why a password cannot be used, for the user of this name; undefined when it can. The reason never holds the password. */
export function reasonAgainstPassword(password: string, userPrincipalName: string | null): string | undefined {
  const { length } = password;
  if (length < shortestPassword) return `a password has at least ${shortestPassword} characters`;
  if (length > longestPassword) return `a password has at most ${longestPassword} characters`;
  return password.toLowerCase() === userPrincipalName?.toLowerCase() ? 'a password is not the user name' : undefined;
}

/** Values of a body that no user or group may have, with what they should be. */
export function findInvalidNames(body: { readonly [name: string]: unknown }): readonly { readonly field: string; readonly reason: string }[] {
  const found: { field: string; reason: string }[] = [];
  const nickname = body['mailNickname'];
  if (typeof nickname === 'string' && !mailNickname.test(nickname)) {
    found.push({ field: 'mailNickname', reason: '1 to 64 characters without spaces and without any of @ ( ) \\ [ ] " ; : < > ,' });
  }
  const upn = body['userPrincipalName'];
  if (typeof upn === 'string' && !isPrincipalName(upn)) found.push({ field: 'userPrincipalName', reason: 'it has the form name@domain' });
  const name = body['displayName'];
  if (typeof name === 'string' && (name.trim() === '' || name.length > 256)) found.push({ field: 'displayName', reason: '1 to 256 characters' });
  return found;
}

/** Why a group cannot be like this; empty when it can. */
export function reasonsAgainstGroup(group: { readonly [name: string]: unknown }): readonly Reason[] {
  const reasons: Reason[] = [];
  const types: readonly unknown[] = Array.isArray(group['groupTypes']) ? group['groupTypes'] : [];
  const unknown = types.filter((type) => type !== 'Unified' && type !== 'DynamicMembership');
  if (unknown.length > 0) reasons.push({ code: 'unknownGroupType', target: 'groupTypes', message: "groupTypes holds nothing but 'Unified' and 'DynamicMembership'." });
  const dynamic = types.includes('DynamicMembership');
  const rule = group['membershipRule'];
  if (dynamic !== (typeof rule === 'string' && rule !== '')) reasons.push({ code: 'membershipRule', target: 'membershipRule', message: "A membershipRule and the groupType 'DynamicMembership' go together: send both or neither." });
  if (group['mailEnabled'] === true && !types.includes('Unified')) reasons.push({ code: 'mailEnabled', target: 'mailEnabled', message: "Only groups of groupType 'Unified' are mail-enabled. Send mailEnabled false." });
  if (group['mailEnabled'] !== true && group['securityEnabled'] !== true) reasons.push({ code: 'uselessGroup', target: 'securityEnabled', message: 'A group is security-enabled, mail-enabled, or both. Send securityEnabled true.' });
  if (group['isAssignableToRole'] === true && (dynamic || group['securityEnabled'] !== true)) {
    reasons.push({ code: 'roleAssignableGroup', target: 'isAssignableToRole', message: 'A role-assignable group is security-enabled and its members are assigned by hand. Send securityEnabled true and no DynamicMembership.' });
  }
  return reasons;
}

/** Why someone cannot become a user's manager; empty when they can. `chain` are the manager's own managers, upwards. */
export function reasonsAgainstManager(userId: string, manager: { readonly id: string; readonly type: string }, chain: readonly string[]): readonly Reason[] {
  if (manager.type !== 'user') return [{ code: 'managerIsNoPerson', target: 'manager', message: `A manager is a person; ${manager.id} is of type ${manager.type}. Choose a user.` }];
  if (manager.id === userId) return [{ code: 'ownManager', target: 'manager', message: 'Nobody is their own manager. Choose another user.' }];
  if (!chain.includes(userId)) return [];
  return [{ code: 'managerCycle', target: 'manager', message: `${userId} is already above ${manager.id} in the line of managers. Choose somebody who does not report to this user.` }];
}

/** An agent or blueprint that lives, with a sponsor who is about to leave. */
export interface SponsoredAgent {
  readonly id: string;
  readonly displayName: string | null;
  readonly otherSponsors: number;
}

/** Who is about to leave, and the manager who could take over: a person in force and enabled, or nobody. */
export interface Leaver {
  readonly id: string;
  readonly managerId: string | undefined;
}

/**
 * Decides who answers for agents when a sponsor leaves: those without another sponsor pass to the leaver's manager; without
 * one the leaver stays, with a reason for each agent. The value are the ids that pass.
 */
export function decideSuccession(leaver: Leaver, agents: readonly SponsoredAgent[]): Decision<readonly string[]> {
  const orphans = agents.filter((agent) => agent.otherSponsors === 0);
  if (leaver.managerId !== undefined) return decideBy([], orphans.map((agent) => agent.id));
  const reasons = orphans.map((agent): Reason => ({
    code: 'lastSponsor', target: agent.id,
    message: `${leaver.id} is the last sponsor of '${agent.displayName ?? agent.id}' (${agent.id}). Add another sponsor to it, delete it, or give the leaving user a manager who is enabled.`,
  }));
  return decideBy(reasons, []);
}
