import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isAllowedAddress } from './allowed-address.ts';
import { checkedLookup, ForbiddenAddress, faultOfDestination } from './checked-lookup.ts';
import { type DestinationRules, faultOfUrl } from './destination.ts';

const rules: DestinationRules = {
  hosts: ['hooks.example.com', '*.apps.example.com', 'odd.example.com:8443', '127.0.0.1:9000', '[::1]', '10.1.2.3'],
  networks: ['127.0.0.0/8', '10.1.0.0/16', '::1'],
};

describe('an address of a webhook', () => {
  it.each([
    'https://hooks.example.com/a?b=c',
    'https://HOOKS.example.com:443/',
    'https://a.apps.example.com',
    'https://a.b.apps.example.com',
    'https://odd.example.com:8443',
    'http://127.0.0.1:9000/x',
    'http://[::1]/',
    'https://10.1.2.3/',
    'https://167838211/',
  ])('may be %s', (url) => {
    expect(faultOfUrl(url, rules)).toBeNull();
  });

  it.each([
    ['hooks.example.com', /not an address/],
    ['ftp://hooks.example.com', /must start with https/],
    ['http://hooks.example.com', /must start with https/],
    ['http://localhost:9000', /must start with https/],
    ['https://ann:secret@hooks.example.com', /user or a password/],
    ['https://hooks.example.com@evil.example.net/', /user or a password/],
    ['https://hooks.example.com./', /trailing dot/],
    ['https://hooks.example.com:8443', /not in KEYFERRY_WEBHOOK_HOSTS/],
    ['https://odd.example.com', /not in KEYFERRY_WEBHOOK_HOSTS/],
    ['https://apps.example.com', /not in KEYFERRY_WEBHOOK_HOSTS/],
    ['https://evilapps.example.com', /not in KEYFERRY_WEBHOOK_HOSTS/],
    ['https://hooks.example.com.evil.example.net', /not in KEYFERRY_WEBHOOK_HOSTS/],
    ['https://hooks.example.com%2eevil.example.net', /not in KEYFERRY_WEBHOOK_HOSTS/],
    ['https://hooks.example.com\\@evil.example.net/', null],
    ['http://127.0.0.1:22', /not in KEYFERRY_WEBHOOK_HOSTS/],
    ['https://[fe80::1%25eth0]/', /not an address/],
  ])('may not be %s', (url, why) => {
    const fault = faultOfUrl(url, rules);
    // A backslash ends the host: this one is hooks.example.com, and undici reads it alike.
    if (why === null) expect([fault, new URL(url).host]).toEqual([null, 'hooks.example.com']);
    else expect(fault).toMatch(why);
  });

  it.each(['2130706433', '0177.0.0.1', '0x7f.1', '127.1', '0x7f000001', '127.0.0.1.', '１２７.0.0.1'])(
    'is judged as the IP address that it is, spelled %s',
    (host) => {
      const open = { hosts: ['127.0.0.1'], networks: [] };
      expect(faultOfUrl(`https://${host}/`, open)).toMatch(/127\.0\.0\.1 is not a public address/);
    },
  );

  it('needs a host that is named, and nothing is named at first', () => {
    expect(faultOfUrl('https://hooks.example.com', { hosts: [], networks: [] })).toMatch(/Webhooks are off/);
  });
});

describe('an IP address', () => {
  it.each(['8.8.8.8', '2606:4700::1111'])('that is public may be called: %s', (address) => {
    expect(isAllowedAddress(address, [])).toBe(true);
  });

  it.each([
    ...['10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '127.0.0.1', '192.0.0.8', '198.18.0.1', '192.0.2.1'],
    ...['240.0.0.1', '::1', 'fd12::1', 'fec0::1', '2001:db8::1', '100::1'],
  ])('that is not may be called where its network is named: %s', (address) => {
    expect(isAllowedAddress(address, [])).toBe(false);
    expect(isAllowedAddress(address, [address])).toBe(true);
    expect(isAllowedAddress(address, [address.includes(':') ? '::/0' : '0.0.0.0/0'])).toBe(true);
    expect(isAllowedAddress(address, [address.includes(':') ? '0.0.0.0/0' : '::/0'])).toBe(false);
  });

  it.each([
    ...['0.0.0.0', '0.1.2.3', '169.254.169.254', '224.0.0.1', '255.255.255.255', '100.100.100.200', '168.63.129.16'],
    ...['::', 'fe80::1', 'fe80::1%eth0', 'ff02::1', 'fd00:ec2::254'],
    ...['::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::ffff:8.8.8.8', '::127.0.0.1', '::ffff:0:10.0.0.1'],
    ...['64:ff9b::a9fe:a9fe', '64:ff9b:1::1', '2002:a9fe:a9fe::1', '2001:0:1::1'],
    ...['nonsense', ''],
  ])('is never called, whatever is named: %s', (address) => {
    expect(isAllowedAddress(address, ['0.0.0.0/0', '::/0'])).toBe(false);
  });
});

describe('a name', () => {
  const answer = (...addresses: string[]) =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

  it('is refused when any of its addresses is not allowed', async () => {
    for (const addresses of [['169.254.169.254'], ['8.8.8.8', '10.9.9.9'], ['2606:4700::1111', '::ffff:127.0.0.1']]) {
      const error = await new Promise((resolve) => {
        checkedLookup([], async () => answer(...addresses))('hooks.example.com', { all: true }, resolve);
      });
      expect(error).toBeInstanceOf(ForbiddenAddress);
      expect((error as Error).message).toContain(addresses.at(-1));
    }
  });

  it('is asked for once: what was checked is what is connected to, in either form that Node asks for', async () => {
    const answers = [answer('8.8.8.8', '2606:4700::1111'), answer('127.0.0.1')];
    const lookup = checkedLookup([], async () => answers.shift() ?? []);
    const all = await new Promise((resolve) => {
      lookup('hooks.example.com', { all: true }, (_error, addresses) => resolve(addresses));
    });
    expect(all).toEqual(answer('8.8.8.8', '2606:4700::1111'));
    const rebound = await new Promise((resolve) => {
      connect({ host: 'hooks.example.com', port: 9, lookup }).on('error', resolve).on('connect', resolve);
    });
    expect(rebound).toBeInstanceOf(ForbiddenAddress);
    const one = await new Promise((resolve) => {
      checkedLookup([], async () => answer('8.8.8.8'))('a', {}, (_error, ...rest) => resolve(rest));
    });
    expect(one).toEqual(['8.8.8.8', 4]);
  });

  it('is looked up when a webhook is made, and taken where it is not known yet', async () => {
    const open = { hosts: ['localhost', 'keyferry.invalid'], networks: [] };
    expect(await faultOfDestination('https://localhost/', open)).toMatch(/localhost is .*not a public address/);
    expect(await faultOfDestination('https://localhost/', { ...open, networks: ['127.0.0.0/8', '::1'] })).toBeNull();
    expect(await faultOfDestination('https://keyferry.invalid/', open)).toBeNull();
    expect(await faultOfDestination('https://8.8.8.8/', { hosts: ['8.8.8.8'], networks: [] })).toBeNull();
  });
});
