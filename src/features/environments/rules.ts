/** What lives where, and what a connector must say of the system that it reaches. Pure. */
import { type JsonRecord, textAt } from '../../kernel/json.ts';
import type { Reason } from '../../kernel/problem.ts';
import { type OriginSystem, uploadedOrigin } from '../catalogs/model.ts';
import type { ConnectorType, Environment } from './model.ts';

/** Why a resource of this kind cannot live in that environment; undefined when it can. */
export function refuseEnvironment(originSystem: OriginSystem, environment: Environment): Reason | undefined {
  if (environment.originSystem === originSystem || (originSystem === uploadedOrigin && !environment.isDefault)) return undefined;
  const mend = originSystem === uploadedOrigin ? 'Name the environment of a connector, or leave it out.' : `Resources of ${originSystem} live in its own environment: leave it out.`;
  return { code: 'environmentOfOtherOrigin', target: 'resource/environment', message: `'${environment.displayName}' is an environment of ${environment.originSystem}. ${mend}` };
}

/** Origin system of the environment that a connector makes. */
export const originSystemOf: Readonly<Record<ConnectorType, string>> = { sapIag: 'SapIag', sapAc: 'SapAc' };

/** Every reason why a system cannot be reached so. Credentials go to these addresses: only over https, and none inside them. */
export const connectionReasons = (info: JsonRecord): readonly Reason[] => [
  ...(textAt(info, 'url') === undefined ? [{ code: 'noUrl', target: 'connectionInfo/url', message: 'A connector needs the address of the system that it reaches: send connectionInfo with a url.' }] : []),
  ...['url', 'accessTokenUrl'].flatMap((member) => addressReasons(member, textAt(info, member))),
];

function addressReasons(member: string, address: string | undefined): readonly Reason[] {
  if (address === undefined) return [];
  const url = URL.parse(address);
  const target = `connectionInfo/${member}`;
  if (url?.protocol !== 'https:') return [{ code: 'notHttps', target, message: `'${member}' is no https address. Send one such as https://iag.example.com.` }];
  if (url.username !== '' || url.password !== '') return [{ code: 'secretInAddress', target, message: `'${member}' carries a user name or password. Leave them out: the secret stays in the key vault that keyVaultName and secretName name.` }];
  return [];
}
