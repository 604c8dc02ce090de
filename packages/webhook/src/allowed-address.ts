import ipaddr from 'ipaddr.js';

/**
 * Ranges that no configuration opens: what is no receiver, and what may hide another address within. Everything else that
 * is not public (private, shared, loopback, unique local, reserved) has to be named.
 */
const never: ReadonlySet<string> = new Set([
  ...['unspecified', 'broadcast', 'multicast', 'linkLocal'],
  ...['ipv4Mapped', 'rfc6145', 'rfc6052', '6to4', 'teredo'],
]);

/** Where clouds tell a machine its credentials, beside the link-local addresses. */
const metadata: ReadonlySet<string> = new Set(['fd00:ec2::254', '168.63.129.16', '100.100.100.200']);

/** Whether a webhook may go to an address: a public one, or one in `networks`. */
export function isAllowedAddress(text: string, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (never.has(address.range()) || metadata.has(address.toString())) return false;
  return address.range() === 'unicast' || networks.some((network) => contains(network, address));
}

function contains(network: string, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  const [base, bits] = network.includes('/') ? ipaddr.parseCIDR(network) : [ipaddr.parse(network), null];
  return base.kind() === address.kind() && address.match(base, bits ?? (base.kind() === 'ipv4' ? 32 : 128));
}
