/** What the people of an organization are recognised by, and whether it can be. Pure. */
import { type JsonRecord, textAt } from '../../../kernel/json.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { kindOfSource, type IdentitySourceKind, type OwnTenant } from '../model.ts';

const domainName = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;
const emailAddress = /^([^\s@"(),:;<>[\\\]]{1,64})@([^\s@]+)$/;
/** Clouds in which a tenant of another cloud may be (Graph: crossCloudAzureActiveDirectoryTenant). */
const clouds: ReadonlySet<string> = new Set(['microsoftonline.com', 'microsoftonline.us', 'partner.microsoftonline.cn']);

const marks: Readonly<Record<IdentitySourceKind, (source: JsonRecord) => readonly string[]>> = {
  azureActiveDirectoryTenant: (source) => [`tenant:${textAt(source, 'tenantId') ?? ''}`],
  crossCloudAzureActiveDirectoryTenant: (source) => [`tenant:${textAt(source, 'tenantId') ?? ''}`],
  domainIdentitySource: (source) => [`domain:${textAt(source, 'domainName') ?? ''}`],
  externalDomainFederation: (source) => [`issuer:${(textAt(source, 'issuerUri') ?? '').replace(/\/+$/, '')}`, `domain:${textAt(source, 'domainName') ?? ''}`],
  socialIdentitySource: (source) => [`social:${textAt(source, 'socialIdentitySourceType') ?? ''}`],
};

/** Marks of an identity source, in lower case: what `external_marks` (migrations/0022) says of its people. */
export function marksOf(source: JsonRecord): readonly string[] {
  const kind = kindOfSource(source);
  return kind === undefined ? [] : marks[kind](source).map((mark) => mark.toLowerCase());
}

/** A mark in words. */
export const inWords = (mark: string): string => mark.replace(/^(\w+):/, '$1 ');

/** Every reason against the identity sources of an organization that can be told from them alone. */
export function sourceReasons(sources: readonly JsonRecord[], own: OwnTenant): readonly Reason[] {
  const seen = new Set<string>();
  return sources.flatMap((source, index) => {
    const target = `identitySources[${index}]`;
    const twice = marksOf(source).filter((mark) => seen.has(mark));
    for (const mark of marksOf(source)) seen.add(mark);
    return [...formReasons(source, target), ...ownReasons(source, own, target), ...twice.map((mark) => ({ code: 'namedTwice', target, message: `The ${inWords(mark)} is named twice. Name it once.` }))];
  });
}

function formReasons(source: JsonRecord, target: string): readonly Reason[] {
  const [domain, issuer, cloud] = [textAt(source, 'domainName'), textAt(source, 'issuerUri'), textAt(source, 'cloudInstance')];
  return [
    ...when(domain !== undefined && !domainName.test(domain), { code: 'domainName', target: `${target}/domainName`, message: `'${domain ?? ''}' is no domain name such as partner.example.` }),
    ...when(issuer !== undefined && !URL.canParse(issuer), { code: 'issuerUri', target: `${target}/issuerUri`, message: `'${issuer ?? ''}' is no address of an issuer such as https://login.partner.example.` }),
    ...when(cloud !== undefined && !clouds.has(cloud), { code: 'cloudInstance', target: `${target}/cloudInstance`, message: `'${cloud ?? ''}' is no cloud. Use one of ${[...clouds].join(', ')}.` }),
  ];
}

const ownReasons = (source: JsonRecord, own: OwnTenant, target: string): readonly Reason[] =>
  when(marksOf(source).some((mark) => mark === `domain:${own.domain}` || mark === `tenant:${own.id}`), {
    code: 'ownDirectory', target, message: 'This is our own directory. A connected organization is another one.',
  });

/** Name and domain of a mail address, the domain in lower case; undefined when it is none. */
export function partsOfAddress(email: string): { readonly local: string; readonly domain: string } | undefined {
  const [, local, domain] = emailAddress.exec(email.trim()) ?? [];
  const lower = domain?.toLowerCase() ?? '';
  return local === undefined || !domainName.test(lower) ? undefined : { local, domain: lower };
}

const when = (holds: boolean, reason: Reason): readonly Reason[] => (holds ? [reason] : []);
