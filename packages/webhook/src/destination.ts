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
  if (!URL.canParse(text)) return 'This is no address. Give one as https://hooks.example.com/keyferry.';
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(host))) {
    return 'The address must begin with https:. (http is taken for a loopback address that KEYFERRY_WEBHOOK_HOSTS names.)';
  }
  if (url.username !== '' || url.password !== '') {
    return 'The address must not hold a user or a password: deliveries are signed.';
  }
  if (host.endsWith('.')) return 'Give the host without a dot at its end.';
  if (hosts.length === 0) {
    return 'Webhooks are off: KEYFERRY_WEBHOOK_HOSTS names no host. Set it, alike on API and workers, and start them again.';
  }
  if (!hosts.some((entry) => isHostOf(url, entry))) {
    return `${url.host} is not in KEYFERRY_WEBHOOK_HOSTS. Add it there (with its port where that is not 443), alike on API and workers, and start them again.`;
  }
  if (ipaddr.isValid(host) && !isAllowedAddress(host, networks)) return faultOfAddress(host);
  return null;
}

/** What is wrong with an address that is not allowed. */
export function faultOfAddress(address: string): string {
  return `${address} is no public address. KEYFERRY_WEBHOOK_NETWORKS may name it or its network, unless it is link-local, multicast, unspecified or translated.`;
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
