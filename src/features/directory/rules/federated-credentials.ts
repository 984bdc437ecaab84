/** What a federated identity credential may say (Graph: federatedIdentityCredential resource type). */
import { decideBy, type Decision } from '../../../kernel/decision.ts';
import type { Reason } from '../../../kernel/problem.ts';

/** The part of a federated credential that the rule looks at. */
export interface FederatedClaim {
  readonly name: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
}

const mostPerApplication = 20;
const longestName = 120;

/** Decides a federated credential; `others` is how many the application has besides. */
export function decideFederatedCredential(claim: FederatedClaim, others: number): Decision<FederatedClaim> {
  const reasons: Reason[] = [];
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(claim.name) || claim.name.length > longestName) {
    reasons.push({ code: 'nameInvalid', target: 'name', message: `The name goes into addresses: use letters, digits, - and _, starting with a letter or digit, at most ${longestName} characters.` });
  }
  if (!isIssuer(claim.issuer)) reasons.push({ code: 'issuerInvalid', target: 'issuer', message: 'The issuer must be an https URL (or http on a loopback address) without query and fragment, exactly as in the iss claim.' });
  if (claim.subject.trim() === '') reasons.push({ code: 'subjectMissing', target: 'subject', message: 'The subject must not be empty: it is compared with the sub claim.' });
  if (claim.audiences.length !== 1 || claim.audiences[0] === '') reasons.push({ code: 'audiencesInvalid', target: 'audiences', message: 'Send exactly one audience, such as api://AzureADTokenExchange.' });
  if (others >= mostPerApplication) reasons.push({ code: 'tooManyFederatedCredentials', message: `An application has at most ${mostPerApplication} federated credentials. Remove one first.` });
  return decideBy(reasons, claim);
}

function isIssuer(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false;
  const { protocol, hostname, search, hash, username, password } = new URL(issuer);
  const isLoopback = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  return (protocol === 'https:' || (protocol === 'http:' && isLoopback)) && [search, hash, username, password].every((part) => part === '');
}
