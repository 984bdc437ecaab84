/** The parts that the issuer's doors share. */
import { ExchangeTokens } from './clients/exchange.ts';
import { RemoteKeys } from './clients/remote-keys.ts';
import { KeyRing } from './keys/ring.ts';
import { SignInThrottle } from './people/throttle.ts';
import type { IssuerSettings } from './settings.ts';

/** Everything that answers a request. */
export interface IssuerParts {
  readonly settings: IssuerSettings;
  readonly ring: KeyRing;
  readonly remote: RemoteKeys;
  readonly exchange: ExchangeTokens;
  readonly throttle: SignInThrottle;
}

/** Puts the parts together. */
export function makeParts(settings: IssuerSettings): IssuerParts {
  const ring = new KeyRing(settings);
  return { settings, ring, remote: new RemoteKeys(), exchange: new ExchangeTokens(settings, ring), throttle: new SignInThrottle() };
}
