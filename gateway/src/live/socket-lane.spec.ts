import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { wireText } from './sink.ts';
import { frameHeader, pongTimeoutMs, SocketLane, windowFrames } from './socket-lane.ts';

const bytes = (text: string) => [...Buffer.from(text, 'latin1')];

const newLane = () => {
  const raw = new PassThrough();
  const time = { ms: 0 };
  const state = { writes: 0, terminated: false };
  const write = raw.write.bind(raw);
  raw.write = ((chunk: string, encoding: BufferEncoding) => {
    state.writes += 1;
    return write(chunk, encoding);
  }) as typeof raw.write;
  const terminate = () => {
    state.terminated = true;
  };
  const lane = new SocketLane({ raw, isOpen: () => true, terminate }, () => time.ms);
  return { lane, raw, time, state };
};

describe('a frame', () => {
  it.each([
    [0, [0x81, 0]],
    [125, [0x81, 125]],
    [126, [0x81, 126, 0, 126]],
    [65_535, [0x81, 126, 255, 255]],
    [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
  ])('of %i bytes has the header of RFC 6455', (length, header) => {
    expect(bytes(frameHeader(length))).toEqual(header);
  });

  it('counts bytes of UTF-8, not characters', () => {
    expect(Buffer.from(wireText('Grün ✓'), 'latin1').toString('utf8')).toBe('Grün ✓');
    expect(wireText('Grün ✓')).toHaveLength(9);
  });
});

describe('a lane', () => {
  it('writes everything of a tick at once', () => {
    const { lane, raw, state } = newLane();
    lane.add('{"a":1}');
    lane.add('{"b":2}');
    lane.flush();
    lane.flush();
    expect(state.writes).toBe(1);
    expect(raw.read().toString('latin1')).toBe('\x81\x07{"a":1}\x81\x07{"b":2}');
  });

  it('has room for a window, asks at its half, and has room again after the pong', () => {
    const { lane, raw } = newLane();
    for (let at = 0; at < windowFrames; at += 1) {
      expect(lane.room()).toBe(true);
      lane.add('{}');
    }
    expect(lane.room()).toBe(false);
    lane.flush();
    expect(raw.read().toString('latin1').split('{"type":"ping"}')).toHaveLength(2);
    lane.pong();
    expect(lane.room()).toBe(true);
  });

  it('gives a client up that leaves a ping unanswered for a minute', () => {
    const { lane, time, state } = newLane();
    for (let at = 0; at < windowFrames; at += 1) lane.add('{}');
    time.ms = pongTimeoutMs;
    lane.room();
    expect(state.terminated).toBe(false);
    time.ms += 1;
    lane.room();
    expect(state.terminated).toBe(true);
  });

  it('has no room above its high water', () => {
    const { lane } = newLane();
    lane.add('x'.repeat(64 * 1024));
    expect(lane.room()).toBe(false);
  });
});
