/** bootstrap.json in the state folder (operating contract): written whole or not at all, readable by its owner only. */
import { chmod, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** What the file holds. Machines that have not created the tenant know `url` and `tenantId` only. */
export interface BootstrapFile {
  readonly url: string;
  readonly tenantId: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly adminUser?: string;
  readonly adminPassword?: string;
}

const fileIn = (home: string): string => path.join(home, 'bootstrap.json');
const pendingIn = (home: string): string => path.join(home, 'bootstrap.json.pending');
const asideIn = (home: string, tenantId: string): string => path.join(home, `bootstrap.${/^[0-9a-f-]{36}$/i.test(tenantId) ? tenantId : 'unknown'}.json`);

/** Writes what will be true when the transaction commits, beside the file; {@link publishPending} puts it in its place. */
export async function writePending(home: string, content: BootstrapFile): Promise<void> {
  await rm(pendingIn(home), { force: true });
  const file = await open(pendingIn(home), 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts the pending content in place. */
export async function publishPending(home: string): Promise<void> {
  await rename(pendingIn(home), fileIn(home));
}

/** Removes pending content: what it told of has not happened. */
export async function discardPending(home: string): Promise<void> {
  await rm(pendingIn(home), { force: true });
}

/**
 * The file, content that was pending when the process died after its commit, or what was put aside, if it tells of this tenant.
 * undefined when there is none, or when they belong to another database.
 */
export async function readBootstrap(home: string, tenantId: string): Promise<BootstrapFile | undefined> {
  const found = [await readOne(pendingIn(home)), await readOne(fileIn(home)), await readOne(asideIn(home, tenantId))];
  return found.find((content) => content?.tenantId === tenantId);
}

/**
 * Puts aside, as `bootstrap.{tenantId}.json`, what tells of other tenants: it may be the only copy of their secrets, and a start
 * with another database is about to write over it. Answers the files that it wrote.
 */
export async function keepOthers(home: string, tenantId: string): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const file of [fileIn(home), pendingIn(home)]) {
    const content = await readOne(file);
    if (content === undefined || content.tenantId === tenantId) continue;
    const aside = asideIn(home, content.tenantId);
    if (!hasSecrets(content) && await readOne(aside) !== undefined) continue;
    await rename(file, aside);
    await chmod(aside, 0o600);
    kept.push(aside);
  }
  return kept;
}

const hasSecrets = ({ clientSecret, adminPassword }: BootstrapFile): boolean => clientSecret !== undefined || adminPassword !== undefined;

async function readOne(file: string): Promise<BootstrapFile | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const read = (name: keyof BootstrapFile): Partial<BootstrapFile> => {
    const member: unknown = Reflect.get(value, name);
    return typeof member === 'string' ? { [name]: member } : {};
  };
  return { url: '', tenantId: '', ...read('url'), ...read('tenantId'), ...read('clientId'), ...read('clientSecret'), ...read('adminUser'), ...read('adminPassword') };
}
