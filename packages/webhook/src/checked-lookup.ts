import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import pLimit from 'p-limit';
import { isAllowedAddress } from './allowed-address.ts';
import { type DestinationRules, faultOfAddress, faultOfUrl } from './destination.ts';

export type Resolve = (hostname: string) => Promise<readonly { address: string; family: number }[]>;

/** A name that means an address where webhooks may not go. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
}

/**
 * Node looks names up on its four threads for blocking work. Of those a name server that hangs may hold two: the others are
 * for everybody else in this process.
 */
const inTurn = pLimit(2);

const askSystem: Resolve = (hostname) => inTurn(() => systemLookup(hostname, { all: true }));

/** All addresses of a name. Throws ForbiddenAddress when any of them is not allowed. */
export async function lookUp(hostname: string, networks: readonly string[], resolve: Resolve = askSystem) {
  const addresses = await resolve(hostname);
  const forbidden = addresses.find(({ address }) => !isAllowedAddress(address, networks));
  if (forbidden !== undefined)
    throw new ForbiddenAddress(`${hostname} is ${forbidden.address}. ${faultOfAddress(forbidden.address)}`);
  return [...addresses];
}

/** The lookup of a connection: it is made to the addresses that were checked, and the name is not asked for again. */
export function checkedLookup(networks: readonly string[], resolve?: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, networks, resolve).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all) callback(null, addresses);
        else if (first === undefined) callback(new Error(`${hostname} has no address`), '', 0);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

/** How long somebody who makes a webhook waits for a name server. */
const patienceMs = 3_000;

/**
 * What is wrong with an address as it can be told from here; null: nothing. A name that cannot be looked up here is taken:
 * the workers may know it, and look it up at each delivery.
 */
export async function faultOfDestination(url: string, rules: DestinationRules): Promise<string | null> {
  const fault = faultOfUrl(url, rules);
  if (fault !== null) return fault;
  const { hostname } = new URL(url);
  // An IP address was judged with the rest.
  if (isIP(hostname) === 4 || hostname.startsWith('[')) return null;
  try {
    await Promise.race([lookUp(hostname, rules.networks), wait(patienceMs, undefined, { ref: false })]);
    return null;
  } catch (error) {
    return error instanceof ForbiddenAddress ? error.message : null;
  }
}
