/** The state of a story on tables. */
import { never } from '../../../src/kernel/schedule.ts';
import type { Delegation } from '../../../src/features/approverDelegates/model.ts';
import { newId } from '../../../src/platform/ids.ts';
import { People } from '../people.ts';
import type { Offered } from './facts.ts';
import type { AssignmentRecord, RequestRecord } from './records.ts';

/** Something was refused, for reasons with these codes. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly codes: readonly string[];

  constructor(codes: readonly string[]) {
    super(codes.join(', '));
    this.codes = codes;
  }
}

/** Who decides in whose place, and when. */
export interface SubstituteRecord extends Pick<Delegation, 'startsAt' | 'endsAt'> {
  readonly approverId: string;
  readonly substituteId: string;
}

/** Everybody and everything in one story. The clock stands until the story moves it. */
export class TableState {
  readonly people = new People();
  readonly catalogId = newId();
  readonly packages: Offered[] = [];
  readonly requests: RequestRecord[] = [];
  readonly assignments: AssignmentRecord[] = [];
  readonly substitutes: SubstituteRecord[] = [];
  now = new Date('2027-03-01T09:00:00Z');

  /** The package with this id or name. */
  offered(name: string): Offered {
    const id = this.people.idOf(name);
    const found = this.packages.find((one) => one.id === id);
    if (found === undefined) throw new Error(`there is no package '${name}'`);
    return found;
  }

  change(name: string, change: Partial<Offered>): void {
    const before = this.offered(name);
    this.packages.splice(this.packages.indexOf(before), 1, { ...before, ...change });
  }

  /** The assignment by which somebody has a package now. */
  liveOf(targetId: string, packageId: string): AssignmentRecord | undefined {
    return this.assignments.find(({ request, state, endsAt }) => request.targetId === targetId && request.offered.id === packageId && state !== 'expired' && (endsAt === never || endsAt > this.now));
  }
}
