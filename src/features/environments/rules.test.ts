import { describe, expect, it } from 'vitest';
import { directoryOrigins, originSystems, uploadedOrigin } from '../catalogs/model.ts';
import type { Environment } from './model.ts';
import { connectionReasons, originSystemOf, refuseEnvironment } from './rules.ts';

const own = (originSystem: string): Environment => ({ id: 'e', originSystem, displayName: `Own of ${originSystem}`, isDefault: true });
const connected: Environment = { id: 's', originSystem: originSystemOf.sapIag, displayName: 'SAP', isDefault: false };

describe('environments', () => {
  it('hold resources of their own origin', () => {
    for (const originSystem of originSystems) expect(refuseEnvironment(originSystem, own(originSystem))).toBeUndefined();
    for (const originSystem of directoryOrigins) {
      expect(refuseEnvironment(originSystem, connected)).toEqual({
        code: 'environmentOfOtherOrigin', target: 'resource/environment', message: `'SAP' is an environment of SapIag. Resources of ${originSystem} live in its own environment: leave it out.`,
      });
    }
  });
  it('of connectors hold uploaded data', () => {
    expect(refuseEnvironment(uploadedOrigin, connected)).toBeUndefined();
    expect(refuseEnvironment(uploadedOrigin, own('AadGroup'))).toEqual({
      code: 'environmentOfOtherOrigin', target: 'resource/environment', message: "'Own of AadGroup' is an environment of AadGroup. Name the environment of a connector, or leave it out.",
    });
    expect(originSystemOf).toEqual({ sapIag: 'SapIag', sapAc: 'SapAc' });
  });
});

describe('a connector', () => {
  const reason = (code: string, member: string, message: string) => ({ code, target: `connectionInfo/${member}`, message });
  const secret = (member: string) => reason('secretInAddress', member, `'${member}' carries a user name or password. Leave them out: the secret stays in the key vault that keyVaultName and secretName name.`);
  const insecure = (member: string) => reason('notHttps', member, `'${member}' is no https address. Send one such as https://iag.example.com.`);

  it.each([
    [{ url: 'https://x.example' }, []], [{ url: 'https://x.example', accessTokenUrl: 'https://login.example/token' }, []],
    [{}, [reason('noUrl', 'url', 'A connector needs the address of the system that it reaches: send connectionInfo with a url.')]],
    [{ url: 'x', accessTokenUrl: 'https://login.example' }, [insecure('url')]], [{ url: 'http://x', accessTokenUrl: 'ftp://x' }, [insecure('url'), insecure('accessTokenUrl')]],
    [{ url: 'https://u@x.example' }, [secret('url')]], [{ url: 'https://x.example', accessTokenUrl: 'https://:p@x.example' }, [secret('accessTokenUrl')]],
  ])('at %j is refused for %j', (info, reasons) => { expect(connectionReasons(info)).toEqual(reasons); });
});
