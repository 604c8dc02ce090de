import { describe, expect, it } from 'vitest';
import { faultOfCheckToken } from './check-token.ts';

const tokens = new Map([
  ['payments', { token: 't1', hosts: ['checks.example.com', 'odd.example.com:8443', '127.0.0.1:9000'] }],
  ['ledger', { token: 't2', hosts: ['ledger.example.com'] }],
]);
const codeOf = (bearer: string | null, url: string) => faultOfCheckToken({ bearer, url }, tokens)?.code ?? null;

describe('a token of a check', () => {
  it.each([
    'https://checks.example.com/decrypt?region=us-west-2',
    'https://CHECKS.example.com:443/',
    'https://odd.example.com:8443/x',
    'http://127.0.0.1:9000/x',
    'http://2130706433:9000/',
  ])('goes to a host that it is bound to: %s', (url) => {
    expect(codeOf('payments', url)).toBeNull();
  });

  it.each([
    'https://ledger.example.com/',
    'https://odd.example.com/',
    'https://checks.example.com:8443/',
    'https://a.checks.example.com/',
    'https://checks.example.com.evil.example/',
    'https://checks.example.com@evil.example/',
    'https://evil.example/?checks.example.com',
    'http://127.0.0.1:9001/',
  ])('goes to no other host: %s', (url) => {
    expect(codeOf('payments', url)).toBe('token_for_other_host');
  });

  it('that nobody has set is unknown, and a step without one needs none', () => {
    expect(codeOf('nobody', 'https://checks.example.com')).toBe('unknown_token');
    expect(codeOf(null, 'https://anywhere.example')).toBeNull();
  });

  it('is not told when it is refused; its name, the host and what to do are', () => {
    const fault = faultOfCheckToken({ bearer: 'payments', url: 'https://ledger.example.com:444/x' }, tokens);
    expect(fault?.message).toMatch(/"payments" .*ledger\.example\.com:444\b.*[Aa]dd /);
    expect(fault?.message).not.toContain('t1');
  });
});
