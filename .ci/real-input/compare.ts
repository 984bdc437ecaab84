/** Reads everything back, by every way that Graph offers, and compares it with what was meant. */
import { entitlement, filter, textOf, type GraphCaller } from '../../cli/client/graph.ts';
import { rolesIn, type TokenDoor } from '../../cli/client/tokens.ts';
import { recordAt, textAt } from '../../src/kernel/json.ts';
import type { Permission, RealApi } from './api.ts';
import type { Identity } from './identities.ts';
import type { Given, Offer } from './offers.ts';
import { inParallel } from './parallel.ts';

const mostShown = 40;

/** What is not as it was meant. */
export class Differences {
  readonly #found: string[] = [];
  readonly #compared = new Map<string, number>();

  get count(): number {
    return this.#found.length;
  }

  get text(): string {
    return this.#found.slice(0, mostShown).map((line) => `  ${line}`).join('\n');
  }

  /** How much was compared, by kind. */
  get summary(): string {
    return [...this.#compared].map(([what, count]) => `${String(count).padStart(8)}  ${what}`).join('\n');
  }

  /** Compares two collections as sets that hold nothing twice; `of` is whose they are. */
  between(kind: string, found: readonly string[], { meant, of = '' }: { readonly meant: readonly string[]; readonly of?: string }): void {
    const what = of === '' ? kind : `${kind} of ${of}`;
    this.#compared.set(kind, (this.#compared.get(kind) ?? 0) + meant.length);
    const [has, wants] = [new Set(found), new Set(meant)];
    for (const one of wants) if (!has.has(one)) this.#found.push(`${what}: missing ${one}`);
    for (const one of has) if (!wants.has(one)) this.#found.push(`${what}: too much ${one}`);
    if (has.size !== found.length) this.#found.push(`${what}: ${found.length - has.size} listed twice`);
  }
}

/** What was made. */
export interface Made {
  readonly door: TokenDoor;
  readonly graph: GraphCaller;
  readonly api: RealApi;
  readonly offers: readonly Offer[];
  readonly identities: readonly Identity[];
  readonly given: Given;
}

/** Compares assignments, role assignments from both ends, delegated grants and tokens. */
export async function compare(made: Made, differences: Differences): Promise<void> {
  await compareAssignments(made, differences);
  await compareGrants(made, differences);
  await compareEach(made, differences);
}

async function compareAssignments({ graph, offers, given }: Made, differences: Differences): Promise<void> {
  const meant = [...given].flatMap(([id, packages]) => packages.map(({ packageId }) => `${packageId} ${id} delivered`));
  const byPackage = await inParallel(offers, async ({ packageId }) => await graph.list(`${entitlement}/assignments?${filter(`accessPackage/id eq '${packageId}'`)}&$expand=target,accessPackage&$top=7`));
  const found = byPackage.flat().map((one) => `${textOf(recordAt(one, 'accessPackage'), 'id')} ${textOf(recordAt(one, 'target'), 'objectId')} ${textOf(one, 'state')}`);
  differences.between('assignments', found, { meant });
}

/** From the side of the API: all at once, over many pages. */
async function compareGrants({ graph, api, given }: Made, differences: Differences): Promise<void> {
  const roles = await graph.list(`/servicePrincipals/${api.principalId}/appRoleAssignedTo?$top=50`);
  differences.between('appRoleAssignedTo', roles.map((one) => `${textOf(one, 'principalId')} ${textOf(one, 'appRoleId')}`), { meant: [...given].flatMap(([id, packages]) => permissionsOf(packages, 'application').map((one) => `${id} ${one.id}`)) });
  const grants = await graph.list(`/oauth2PermissionGrants?${filter(`resourceId eq '${api.principalId}'`)}&$top=50`);
  const found = grants.flatMap((grant) => (textAt(grant, 'scope') ?? '').split(' ').filter((name) => name !== '').map((name) => `${textOf(grant, 'clientId')} ${textOf(grant, 'consentType')} ${name}`));
  differences.between('oauth2PermissionGrants', found, { meant: [...given].flatMap(([id, packages]) => permissionsOf(packages, 'delegated').map(({ value }) => `${id} AllPrincipals ${value}`)) });
}

/** From the side of each identity: its role assignments, and the roles in its token. */
async function compareEach({ door, graph, api, identities, given }: Made, differences: Differences): Promise<void> {
  await inParallel(identities, async ({ id, kind, token }) => {
    const meant = permissionsOf(given.get(id) ?? [], 'application');
    const held = await graph.list(`/servicePrincipals/${id}/appRoleAssignments?$top=3`);
    differences.between('appRoleAssignments', held.map((one) => textOf(one, 'appRoleId')), { meant: meant.map((one) => one.id), of: `${kind} ${id}` });
    differences.between('roles in tokens', rolesIn(await token(door, api.scope)), { meant: meant.map(({ value }) => value), of: `${kind} ${id}` });
  });
}

function permissionsOf(packages: readonly Offer[], kind: Permission['kind']): readonly Permission[] {
  const byId = new Map(packages.flatMap(({ permissions }) => permissions).filter((one) => one.kind === kind).map((one) => [one.id, one]));
  return [...byId.values()];
}
