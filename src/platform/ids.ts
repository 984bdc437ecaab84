import { v7 } from 'uuid';

/** A new identifier: UUID version 7, lower case. Ids made later in one process sort later, so indexes grow at one end. */
export const newId = (): string => v7();
