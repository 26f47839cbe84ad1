import { describe, expect, it } from 'vitest';
import { parseNatsAddress } from './nats-address.ts';

describe('the address of NATS', () => {
  it('is one server or several, with a port by default', () => {
    const { servers, tls, login } = parseNatsAddress('nats://a, nats://b:5222,c');
    expect(servers).toEqual(['a:4222', 'b:5222', 'c:4222']);
    expect([tls, login]).toEqual([false, { type: 'none' }]);
    expect(parseNatsAddress('tls://a').tls).toBe(true);
  });

  it('has a login for all servers: a password, a token or a file', () => {
    expect(parseNatsAddress('nats://ann:se%40cret@a,nats://b').login).toEqual({
      ...{ type: 'password', user: 'ann', password: 'se@cret' },
    });
    expect(parseNatsAddress('nats://tok%2Fen@a').login).toEqual({ type: 'token', token: 'tok/en' });
    expect(parseNatsAddress('nats://a?creds=/run/nats.creds').login).toEqual({
      ...{ type: 'file', path: '/run/nats.creds' },
    });
  });

  it('is shown without its secrets', () => {
    expect(parseNatsAddress('nats://ann:secret@a:1,b:2').shown).toBe('nats://a:1,b:2');
  });

  it.each([
    ['', /is not an address/],
    ['http://a', /is not an address/],
    ['nats://', /is not an address/],
    ['nats://a,tls://b', /mixes/],
    ['nats://x:secret@a,nats://y:secret@b', /different logins/],
    ['nats://x:sec%ret@a', /no escape/],
    [Array.from({ length: 17 }, () => 'a').join(','), /1 to 16 servers/],
  ])('refuses %j and repeats no secret', (text, sentence) => {
    let said = '';
    try {
      parseNatsAddress(text);
    } catch (failure) {
      said = String(failure);
    }
    expect(said).toMatch(sentence);
    expect(said).not.toContain('secret');
  });
});
