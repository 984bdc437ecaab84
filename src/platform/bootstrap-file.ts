/** `bootstrap.json` in the state folder: how the first administrator gets in. Made once; later only its `url` changes. */
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What the first start makes. Holds secrets: never logged. */
export interface BootstrapFacts {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly adminUser: string;
  readonly adminPassword: string;
}

/** What to write. `facts` is undefined on every start but the first. */
export interface BootstrapOptions {
  readonly home: string;
  /** Address listened on, no slash at the end. */
  readonly url: string;
  readonly facts: BootstrapFacts | undefined;
}

/** Path of the file in a state folder. */
export const bootstrapPath = (home: string): string => path.join(home, 'bootstrap.json');

/**
 * Writes the file, mode 0600, in one step: a reader sees the old one or the new one. Without facts and without a file
 * there is nothing to write (an administrator may have deleted it, and the secret is known to nobody any more).
 */
export async function writeBootstrapFile({ home, url, facts }: BootstrapOptions): Promise<void> {
  const kept = facts ?? await readFacts(home);
  if (kept === undefined) return;
  const draft = `${bootstrapPath(home)}.${process.pid}.tmp`;
  await writeFile(draft, `${JSON.stringify({ ...kept, url }, ['url', ...Object.keys(kept).filter((key) => key !== 'url')], 2)}\n`, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, bootstrapPath(home));
}

async function readFacts(home: string): Promise<object | undefined> {
  try {
    const facts: unknown = JSON.parse(await readFile(bootstrapPath(home), 'utf8'));
    return typeof facts === 'object' && facts !== null ? facts : undefined;
  } catch {
    return undefined;
  }
}
