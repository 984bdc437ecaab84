/** Which hosts are this machine. Pure. */

/** A name for this machine only. */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host === '[::1]' || host.startsWith('127.');
