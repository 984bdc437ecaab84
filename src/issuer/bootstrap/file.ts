/** bootstrap.json in the state folder (operating contract): written whole or not at all, readable by its owner only. */
import { open, readFile, rename, rm } from 'node:fs/promises';
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
 * The file, or content that was pending when the process died after its commit, if it tells of this tenant. undefined when
 * there is neither, or when they belong to another database.
 */
export async function readBootstrap(home: string, tenantId: string): Promise<BootstrapFile | undefined> {
  const found = [await readOne(pendingIn(home)), await readOne(fileIn(home))];
  return found.find((content) => content?.tenantId === tenantId);
}

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
