/** The cast: everybody who may ask, receive or decide, with a name that says what they are there for. */
import { newId } from '../../src/platform/ids.ts';
import type { Group, Identity, Organization, Town } from './town.ts';

type Plan = Omit<Identity, 'id' | 'name' | 'kind'> & { readonly kind?: Identity['kind'] };

const ids = new Map<string, string>();

/** The id of whoever or whatever has this name; the same name is always the same id. */
export function idOf(name: string): string {
  const id = ids.get(name) ?? newId();
  ids.set(name, id);
  return id;
}

const all = (...names: readonly string[]): readonly string[] => names.map(idOf);

/** The catalog whose packages are asked for, and another. */
export const catalogs = { ours: idOf('our catalog'), other: idOf('another catalog') };

const plans: Readonly<Record<string, Plan>> = {
  'the boss': {},
  'the lead': { manager: idOf('the boss') },
  'a member': { manager: idOf('the lead'), sponsors: all('a sponsor of people') },
  'a member whose manager is disabled': { manager: idOf('a disabled person') },
  'a disabled person': { isDisabled: true, manager: idOf('the lead') },
  'a deleted person': { isDeleted: true },
  'a member of the crew': { manager: idOf('the boss') },
  'a member of a group in the crew': {},
  'a former member of the crew': {},
  'a member of a deleted group': {},
  'a sponsor of people': {},
  'a sponsor of the agent': { manager: idOf('the boss') },
  'a sponsor of the agent by group': {},
  'an owner of the agent': {},
  'an owner of the principal': {},
  'an owner of the application': {},
  'an internal sponsor of Acme': {},
  'an internal sponsor of Acme by group': {},
  'an external sponsor of Acme': { isGuest: true, organization: idOf('Acme') },
  'a guest of Acme': { isGuest: true, organization: idOf('Acme'), sponsors: all('a sponsor of people') },
  'a guest of Beta': { isGuest: true, organization: idOf('Beta'), manager: idOf('the lead') },
  'a guest of nobody': { isGuest: true },
  'a global administrator': { administers: 'everything' },
  'the owner of our catalog': { administers: [catalogs.ours] },
  'the assignment manager': { administers: [catalogs.ours] },
  'the package manager': { administers: [catalogs.ours] },
  'the assignment manager of another catalog': { administers: [catalogs.other] },
  'a catalog reader': {},
  'a stranger': {},
  'the agent': { kind: 'agentIdentity', sponsors: all('a sponsor of the agent', 'sponsors', 'a disabled person'), owners: all('an owner of the agent') },
  'an agent with one disabled sponsor': { kind: 'agentIdentity', sponsors: all('a disabled person') },
  'a disabled agent': { kind: 'agentIdentity', isDisabled: true, sponsors: all('a sponsor of the agent') },
  'a deleted agent': { kind: 'agentIdentity', isDeleted: true, sponsors: all('a sponsor of the agent') },
  'the agent user': { kind: 'agentUser', agent: idOf('the agent'), manager: idOf('the lead'), sponsors: all('a sponsor of people') },
  'the service principal': { kind: 'servicePrincipal', owners: all('an owner of the principal'), applicationOwners: all('an owner of the application') },
  'a service principal without owners': { kind: 'servicePrincipal' },
  'an application that administers': { kind: 'servicePrincipal', administers: 'everything' },
  'an application that manages assignments': { kind: 'servicePrincipal', administers: [catalogs.ours] },
};

const groups: readonly Group[] = [
  { id: idOf('the crew'), name: 'the crew', members: all('a member of the crew', 'the inner crew', 'the agent user', 'the agent', 'a guest of nobody'), formerMembers: all('a former member of the crew') },
  { id: idOf('the inner crew'), name: 'the inner crew', members: all('a member of a group in the crew') },
  { id: idOf('a deleted group'), name: 'a deleted group', isDeleted: true, members: all('a member of a deleted group', 'a member') },
  { id: idOf('sponsors'), name: 'sponsors', members: all('a sponsor of the agent by group') },
  { id: idOf('hosts of Acme'), name: 'hosts of Acme', members: all('an internal sponsor of Acme by group', 'a guest of Beta') },
  { id: idOf('an empty group'), name: 'an empty group', members: [] },
];

const organizations: readonly Organization[] = [
  {
    id: idOf('Acme'), name: 'Acme', state: 'configured', domain: 'acme.example', internalSponsors: all('an internal sponsor of Acme', 'hosts of Acme'),
    externalSponsors: all('an external sponsor of Acme', 'a guest of Beta'),
  },
  { id: idOf('Beta'), name: 'Beta', state: 'proposed', domain: 'beta.example', internalSponsors: [], externalSponsors: [] },
];

/** The town. */
export const town: Town = { identities: Object.entries(plans).map(([name, plan]) => ({ id: idOf(name), name, kind: 'user', ...plan })), groups, organizations };

/** The name of an id, for people. */
export const nameOf = (id: string): string => [...ids].find(([, one]) => one === id)?.[0] ?? id;
