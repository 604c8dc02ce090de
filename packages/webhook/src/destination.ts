import ipaddr from 'ipaddr.js';
import { isAllowedAddress } from './allowed-address.ts';

/** Where webhooks may go. */
export interface DestinationRules {
  /** `hooks.example.com`, `*.example.com` (any depth, not the domain itself), with `:port` where it is not the usual one. */
  readonly hosts: readonly string[];
  /** Networks and addresses beside the public ones that these hosts may have. */
  readonly networks: readonly string[];
}

/**
 * What is wrong with an address before any name is looked up; null: nothing. It is judged as the WHATWG parser reads it,
 * which knows one spelling of every IP address.
 */
export function faultOfUrl(text: string, { hosts, networks }: DestinationRules): string | null {
  if (!URL.canParse(text))
    return 'This is not an address. Expected an address such as https://hooks.example.com/keyferry.';
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(host))) {
    return 'The address must start with https:. (http is allowed for a loopback address in KEYFERRY_WEBHOOK_HOSTS.)';
  }
  if (url.username !== '' || url.password !== '') {
    return 'The address must not contain a user or a password: deliveries are signed.';
  }
  if (host.endsWith('.')) return 'Write the host without a trailing dot.';
  if (hosts.length === 0) {
    return 'Webhooks are off: KEYFERRY_WEBHOOK_HOSTS is empty. Set it to the same hosts on API and workers, then restart them.';
  }
  if (!hosts.some((entry) => isHostOf(url, entry))) {
    return `${url.host} is not in KEYFERRY_WEBHOOK_HOSTS. Add it there (with its port if that is not 443) on API and workers, then restart them.`;
  }
  if (ipaddr.isValid(host) && !isAllowedAddress(host, networks)) return faultOfAddress(host);
  return null;
}

/** What is wrong with an address that is not allowed. */
export function faultOfAddress(address: string): string {
  return `${address} is not a public address. Add it or its network to KEYFERRY_WEBHOOK_NETWORKS; link-local, multicast, unspecified and translated addresses are never allowed.`;
}

/** Whether an address lies at a host as the environment names it: `*.` for any depth, a port where it is not the usual one. */
export function isHostOf(url: URL, entry: string): boolean {
  const [, wildcard, name = '', port] = /^(\*\.)?(.+?)(?::(\d+))?$/.exec(entry) ?? [];
  const usual = url.protocol === 'https:' ? '443' : '80';
  if ((url.port || usual) !== (port ?? usual)) return false;
  return wildcard === undefined ? url.hostname === name : url.hostname.endsWith(`.${name}`);
}

function isLoopback(host: string): boolean {
  return ipaddr.isValid(host) && ipaddr.parse(host).range() === 'loopback';
}
