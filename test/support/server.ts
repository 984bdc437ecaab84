/** A whole server in this process, over https and a database of its own, and the people and programs that call it. */
import { mkdtemp, readFile, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ConfidentialClientApplication } from '@azure/msal-node';
import * as oidc from 'openid-client';
import { afterAll } from 'vitest';
import { createPublicClient, redirectUri, type Person, type Workload } from '../../cli/client/organisation.ts';
import { textOf, type Entity } from '../../cli/client/graph.ts';
import { personToken } from '../../cli/client/sign-in.ts';
import { ownApiScope, type ClientSecret, type TokenDoor } from '../../cli/client/tokens.ts';
import { parseConfig, type Environment } from '../../src/config.ts';
import { isRecord } from '../../src/kernel/json.ts';
import { startGatehouse } from '../../src/main.ts';
import type { Database } from '../../src/platform/db/database.ts';
import { createLog } from '../../src/platform/log/log.ts';
import { makeCertificate } from '../issuer/certificate.ts';
import { testDatabase } from './database.ts';
import { MicrosoftGraph } from './microsoft-graph.ts';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What people's client may do in their name: what they may do themselves is another matter. */
const peoplePermissions = ['EntitlementManagement.ReadWrite.All', 'EntitlementMgmt-SubjectAccess.ReadWrite', 'Group.ReadWrite.All', 'Application.ReadWrite.All', 'AuditLog.Read.All', 'RoleManagement.ReadWrite.Directory', 'User.ReadWrite.All'];

/** The running server and its doors. */
export class TestServer {
  readonly door: TokenDoor;
  readonly database: Database;
  readonly administrator: Person;
  /** As the administering application, which may do everything. */
  readonly graph: MicrosoftGraph;
  readonly domain: string;
  /** The administering application. */
  readonly application: ClientSecret;
  #people: Promise<Workload> | undefined;

  constructor(database: Database, bootstrap: Readonly<Record<string, unknown>>) {
    this.database = database;
    this.door = { base: textOf(bootstrap, 'url'), tenantId: textOf(bootstrap, 'tenantId') };
    this.administrator = { id: '', name: 'administrator', username: textOf(bootstrap, 'adminUser'), password: textOf(bootstrap, 'adminPassword') };
    this.domain = this.administrator.username.split('@')[1] ?? '';
    this.application = { clientId: textOf(bootstrap, 'clientId'), clientSecret: textOf(bootstrap, 'clientSecret') };
    const msal = this.msalApplication(this.application);
    this.graph = new MicrosoftGraph(this.door.base, async () => (await msal.acquireTokenByClientCredential({ scopes: [ownApiScope] }))?.accessToken ?? '');
  }

  /** MSAL for a client with a secret. */
  msalApplication({ clientId, clientSecret }: ClientSecret): ConfidentialClientApplication {
    return new ConfidentialClientApplication({ auth: { clientId, clientSecret, authority: `${this.door.base}/${this.door.tenantId}`, knownAuthorities: [new URL(this.door.base).host] } });
  }

  /** A token of the administering application. */
  async administratorToken(): Promise<string> {
    return await this.tokenOf({ appId: this.application.clientId, secret: this.application.clientSecret });
  }

  /** A workload's next token, by MSAL without its cache. */
  async tokenOf({ appId, secret }: Pick<Workload, 'appId' | 'secret'>, scope = ownApiScope): Promise<string> {
    const result = await this.msalApplication({ clientId: appId, clientSecret: secret }).acquireTokenByClientCredential({ scopes: [scope], skipCache: true });
    return result?.accessToken ?? '';
  }

  /** An agent's next token, by openid-client: the blueprint's assertion for it, then its own. */
  async agentToken(blueprint: Workload, agent: Entity, scope = ownApiScope): Promise<string> {
    const first = await this.discover(blueprint.appId, oidc.ClientSecretPost(blueprint.secret));
    const { access_token: assertion } = await oidc.clientCredentialsGrant(first, { scope: 'api://AzureADTokenExchange/.default', fmi_path: agent.id });
    const second = await this.discover(agent.id, (_server, client, body) => {
      body.set('client_id', client.client_id);
      body.set('client_assertion_type', assertionType);
      body.set('client_assertion', assertion);
    });
    return (await oidc.clientCredentialsGrant(second, { scope })).access_token;
  }

  /** openid-client's view of this issuer. */
  async discover(clientId: string, authentication: oidc.ClientAuth): Promise<oidc.Configuration> {
    return await oidc.discovery(new URL(`${this.door.base}/${this.door.tenantId}/v2.0`), clientId, undefined, authentication);
  }

  /** Graph as a person who signs in through the form. */
  async asPerson(person: Person): Promise<MicrosoftGraph> {
    return this.withToken(await this.tokenOfPerson(person));
  }

  /** A person's next token, by the form. */
  async tokenOfPerson({ username, password }: Person): Promise<string> {
    this.#people ??= createPublicClient(this.graph, 'people', peoplePermissions);
    const { appId } = await this.#people;
    return await personToken(this.door, { clientId: appId, redirectUri, username, password, scope: `${ownApiScope} openid` });
  }

  /** Graph as a workload. */
  async asWorkload(workload: Workload): Promise<MicrosoftGraph> {
    return this.withToken(await this.tokenOf(workload));
  }

  /** Graph as an agent. */
  async asAgent(blueprint: Workload, agent: Entity): Promise<MicrosoftGraph> {
    return this.withToken(await this.agentToken(blueprint, agent));
  }

  /** Graph in the name of any token. */
  withToken(token: string): MicrosoftGraph {
    return new MicrosoftGraph(this.door.base, async () => token);
  }
}

/** Starts one for the test file: call it at the top. It stops when the file's tests are over. `more`: settings besides those that a test needs. */
export async function startTestServer(more: Environment = {}): Promise<TestServer> {
  const database = await testDatabase();
  const home = await mkdtemp(path.join(tmpdir(), 'gatehouse-scenario-'));
  afterAll(async () => { await rm(home, { recursive: true, force: true }); });
  const settings = await certify(home);
  const parsed = parseConfig({ ...settings, GATEHOUSE_HOME: home, GATEHOUSE_PORT: '0', DATABASE_URL: database.databaseUrl, GATEHOUSE_DB_POOL: '6', ...more });
  if (!parsed.ok) throw new Error(parsed.problems.join(' '));
  const gatehouse = await startGatehouse(parsed.config, createLog({ level: 'silent' }));
  afterAll(async () => { await gatehouse.stop(); });
  const bootstrap: unknown = JSON.parse(await readFile(path.join(home, 'bootstrap.json'), 'utf8'));
  if (!isRecord(bootstrap)) throw new Error('bootstrap.json is not an object');
  return new TestServer(database, bootstrap);
}

/** A certificate that this process trusts, as files: MSAL and Microsoft's Graph client insist on https. */
async function certify(home: string): Promise<Readonly<Record<string, string>>> {
  const { cert, key } = makeCertificate();
  const [certPath, keyPath] = [path.join(home, 'cert.pem'), path.join(home, 'key.pem')];
  await Promise.all([writeFile(certPath, cert), writeFile(keyPath, key)]);
  await chmod(keyPath, 0o600);
  setDefaultCACertificates([...getCACertificates('default'), cert]);
  return { GATEHOUSE_TLS_CERT: certPath, GATEHOUSE_TLS_KEY: keyPath };
}
