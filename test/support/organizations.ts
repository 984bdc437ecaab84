/** Partners and their guests: what stories about other organizations begin with. */
import { entitlement, type Entity, type Graph } from '../../cli/client/graph.ts';
import { createPerson, type Person } from '../../cli/client/organisation.ts';
import type { JsonRecord } from '../../src/kernel/json.ts';
import { newId } from '../../src/platform/ids.ts';
import type { TestServer } from './server.ts';

/** Path of the connected organizations. */
export const organizations = `${entitlement}/connectedOrganizations`;

/** A guest with a mail address elsewhere and a password here, so that it can sign in. */
export async function createGuest({ graph, domain: here }: TestServer, name: string, domain: string): Promise<Person> {
  const person = await createPerson(graph, name, here);
  await graph.must('PATCH', `/users/${person.id}`, { userType: 'Guest', mail: `${name.toLowerCase()}@${domain}` });
  return person;
}

/** A domain that nobody has. */
export const newDomain = (): string => `p${newId().slice(-12)}.example`;

/** People with addresses of a domain. */
export const domainSource = (domainName: string): JsonRecord => ({ '@odata.type': '#microsoft.graph.domainIdentitySource', displayName: domainName, domainName });

/** A configured organization of one domain, unless `more` says otherwise. */
export const connect = async (graph: Graph, domain: string, more: JsonRecord = {}): Promise<Entity> =>
  await graph.create(organizations, { displayName: `Partner ${domain}`, description: 'made by a test', identitySources: [domainSource(domain)], state: 'configured', ...more });

/** The people of an organization, as targets of a policy. */
export const members = (connectedOrganizationId: string): JsonRecord => ({ '@odata.type': '#microsoft.graph.connectedOrganizationMembers', connectedOrganizationId, description: 'the partner' });
