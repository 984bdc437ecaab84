import { describe, expect, it } from 'vitest';
import { decideFederatedCredential, type FederatedClaim } from './federated-credentials.ts';

const sound: FederatedClaim = { name: 'github-main', issuer: 'https://token.actions.githubusercontent.com', subject: 'repo:contoso/orders:ref:refs/heads/main', audiences: ['api://AzureADTokenExchange'] };
const codes = (more: Partial<FederatedClaim>, others = 0): readonly string[] => {
  const decision = decideFederatedCredential({ ...sound, ...more }, others);
  return decision.ok ? [] : decision.reasons.map(({ code }) => code);
};

describe('a federated credential', () => {
  it('is what an issuer, a subject and one audience say, under a name', () => {
    expect(decideFederatedCredential(sound, 19)).toEqual({ ok: true, value: sound });
  });

  it('is refused with every reason', () => {
    expect(decideFederatedCredential({ name: '', issuer: 'x', subject: ' ', audiences: [] }, 20)).toEqual({ ok: false, reasons: [
      { code: 'nameInvalid', target: 'name', message: 'The name goes into addresses: use letters, digits, - and _, starting with a letter or digit, at most 120 characters.' },
      { code: 'issuerInvalid', target: 'issuer', message: 'The issuer must be an https URL (or http on a loopback address) without query and fragment, exactly as in the iss claim.' },
      { code: 'subjectMissing', target: 'subject', message: 'The subject must not be empty: it is compared with the sub claim.' },
      { code: 'audiencesInvalid', target: 'audiences', message: 'Send exactly one audience, such as api://AzureADTokenExchange.' },
      { code: 'tooManyFederatedCredentials', message: 'An application has at most 20 federated credentials. Remove one first.' },
    ] });
  });

  it.each(['a', '7', 'A-b_C', 'x'.repeat(120)])('may be called %s', (name) => { expect(codes({ name })).toEqual([]); });
  it.each(['-a', '_a', 'a b', 'a/b', 'a.', 'é', 'x'.repeat(121)])('may not be called %j', (name) => { expect(codes({ name })).toEqual(['nameInvalid']); });

  it.each(['https://idp.example/tenant/v2.0', 'https://idp.example:8443', 'http://localhost:9000', 'http://127.0.0.1/x', 'http://[::1]:9000'])('may come from %s', (issuer) => { expect(codes({ issuer })).toEqual([]); });
  it.each(['idp.example', 'http://idp.example', 'ftp://localhost', 'https://idp.example/?a=b', 'https://idp.example/#a', 'https://user@idp.example', 'https://:secret@idp.example'])('may not come from %s', (issuer) => {
    expect(codes({ issuer })).toEqual(['issuerInvalid']);
  });

  it.each([[['']], [['a', 'b']], [['', 'b']]])('is for one audience, and not for %j', (audiences) => { expect(codes({ audiences })).toEqual(['audiencesInvalid']); });

  it('is one of twenty at most', () => {
    expect(codes({}, 20)).toEqual(['tooManyFederatedCredentials']);
  });
});
