/** The people of one story as plain objects, by name; and who they are as callers. */
import type { Caller } from '../../src/kernel/caller.ts';
import { directoryRole, entitlementRole } from '../../src/features/roles/model.ts';
import { newId } from '../../src/platform/ids.ts';
import type { Group, Identity, Organization, Town } from '../model/town.ts';
import type { NewIdentity } from './world.ts';

type Change = Partial<Omit<Identity, 'id' | 'name' | 'kind'>>;

/** The roles that a story gives. */
export type Role = 'administrator' | 'assignment manager' | 'catalog owner';

/** Everybody in one story. */
export class People implements Town {
  readonly identities: Identity[] = [];
  readonly groups: Group[] = [];
  readonly organizations: Organization[] = [];
  readonly roles = new Map<string, Role[]>();
  readonly #ids = new Map<string, string>();

  /** The id behind a name. */
  readonly idOf = (name: string): string => this.#ids.get(name) ?? unknown(name);

  /** The names behind ids. */
  namesOf(ids: readonly string[]): readonly string[] {
    return ids.map((id) => [...this.#ids].find(([, one]) => one === id)?.[0] ?? id);
  }

  /** Gives a name to an id, a new one unless it is given. */
  name(name: string, id = newId()): string {
    if (this.#ids.has(name)) throw new Error(`'${name}' is in the story already`);
    this.#ids.set(name, id);
    return id;
  }

  identity(name: string): Identity {
    return this.identities.find((one) => one.id === this.idOf(name)) ?? unknown(name);
  }

  add({ organization, sponsors = [], owners = [], ...one }: NewIdentity): Identity {
    const answerable = one.kind === 'servicePrincipal' ? { applicationOwners: owners.map(this.idOf) } : { owners: owners.map(this.idOf) };
    const identity: Identity = { ...one, ...answerable, id: this.name(one.name), sponsors: sponsors.map(this.idOf), ...(organization === undefined ? {} : { organization: this.idOf(organization) }) };
    this.identities.push(identity);
    return identity;
  }

  change(name: string, change: Change): Identity {
    const before = this.identity(name);
    const after = { ...before, ...change };
    this.identities.splice(this.identities.indexOf(before), 1, after);
    return after;
  }

  addGroup(name: string, members: readonly string[]): Group {
    const group = { id: this.name(name), name, members: members.map(this.idOf) };
    this.groups.push(group);
    return group;
  }

  leave(who: string, name: string): void {
    const index = this.groups.findIndex(({ id }) => id === this.idOf(name));
    const group = this.groups[index] ?? unknown(name);
    this.groups.splice(index, 1, { ...group, members: group.members.filter((id) => id !== this.idOf(who)) });
  }

  sponsorOrganization(name: string, sponsor: string, kind: 'internal' | 'external'): void {
    const index = this.organizations.findIndex(({ id }) => id === this.idOf(name));
    const one = this.organizations[index] ?? unknown(name);
    const list = kind === 'internal' ? 'internalSponsors' : 'externalSponsors';
    this.organizations.splice(index, 1, { ...one, [list]: [...one[list], this.idOf(sponsor)] });
  }

  giveRole(who: string, role: Role): void {
    this.roles.set(who, [...this.roles.get(who) ?? [], role]);
  }

  /** Somebody with the token that its kind gets; `catalogId`: the one catalog of the story. */
  callerOf(name: string, catalogId: string): Caller {
    const { id, kind } = this.identity(name);
    const roles = this.roles.get(name) ?? [];
    const isDelegated = kind === 'user' || kind === 'agentUser';
    const held = [...(roles.includes('assignment manager') ? [entitlementRole.assignmentManager] : []), ...(roles.includes('catalog owner') ? [entitlementRole.catalogOwner] : [])];
    return {
      principalId: id, kind, displayName: name, clientAppId: newId(), isDelegated,
      permissions: new Set(isDelegated ? ['EntitlementMgmt-SubjectAccess.ReadWrite', 'EntitlementManagement.ReadWrite.All'] : ['EntitlementManagement.SelfRequest']),
      directoryRoles: new Set(roles.includes('administrator') ? [directoryRole.identityGovernanceAdministrator] : []),
      entitlementRoles: held.map((roleDefinitionId) => entitlementRoleIn(roleDefinitionId, catalogId)),
    };
  }
}

const entitlementRoleIn = (roleDefinitionId: string, catalogId: string): Caller['entitlementRoles'][number] => ({ roleDefinitionId, catalogId });

function unknown(name: string): never {
  throw new Error(`'${name}' is not in the story`);
}
