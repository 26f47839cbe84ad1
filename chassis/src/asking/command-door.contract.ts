/** What every adapter of the command door must do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LaneId } from '../commit.ts';
import { type CommandDoor, UnansweredRequest } from './command-door.ts';

export type DoorUnderTest = {
  /** The longest request and reply that it carries. */
  readonly bytesMax: number;
  /** Requests that one process answers at the same time. */
  readonly servedMax: number;
  /** One more process. */
  process(): Promise<CommandDoor>;
  /** Lets this much time pass, and everything that is under way arrive. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
};

const lane: LaneId = { context: 'inventory', lane: 7 };
const otherLane: LaneId = { context: 'inventory', lane: 8 };
const otherContext: LaneId = { context: 'orders', lane: 7 };
const timeoutMs = 2_000;

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (reply: Uint8Array | 'nobody' | 'away') =>
  reply instanceof Uint8Array ? new TextDecoder().decode(reply) : reply;

export function commandDoorContract(name: string, open: () => Promise<DoorUnderTest>): void {
  describe(`command door: ${name}`, () => {
    let under: DoorUnderTest;
    let owner: CommandDoor;
    let asker: CommandDoor;
    beforeEach(async () => {
      under = await open();
      owner = await under.process();
      asker = await under.process();
    });
    afterEach(() => under.close());

    const ask = async (text: string, of = lane, by = asker) =>
      textOf(await by.ask(of, bytes(text), timeoutMs));
    const serve = async (by: CommandDoor, as: string, of = lane) => {
      const stop = by.serve(of, async (request) => bytes(`${as}: ${textOf(request)}`));
      await under.pass(0);
      return stop;
    };

    it('brings a request to who serves the lane, and the reply back', async () => {
      await serve(owner, 'owner');
      expect(await ask('reserve')).toBe('owner: reserve');
      expect(await ask('')).toBe('owner: ');
      expect(await ask('at home', lane, owner)).toBe('owner: at home');
    });

    it('carries bytes as they are, up to its limit both ways', async () => {
      owner.serve(lane, async (request) => request);
      await under.pass(0);
      const all = new Uint8Array(under.bytesMax).map((_, at) => at % 256);
      const reply = await asker.ask(lane, all, 5_000);
      expect(reply instanceof Uint8Array && Buffer.compare(reply, all)).toBe(0);
    });

    it('says that nobody serves the lane', async () => {
      expect(await ask('reserve')).toBe('nobody');
      const stop = await serve(owner, 'owner');
      await serve(owner, 'other lane', otherLane);
      stop();
      await under.pass(0);
      expect(await ask('reserve')).toBe('nobody');
      expect(await ask('reserve', otherLane)).toBe('other lane: reserve');
    });

    it('keeps lanes and contexts apart', async () => {
      await serve(owner, 'lane 7');
      await serve(owner, 'lane 8', otherLane);
      await serve(owner, 'orders', otherContext);
      const all = [ask('a'), ask('b', otherLane), ask('c', otherContext)];
      expect(await Promise.all(all)).toEqual(['lane 7: a', 'lane 8: b', 'orders: c']);
    });

    it('asks one of several that serve, each request once', async () => {
      const heard: string[] = [];
      const third = await under.process();
      for (const door of [owner, third]) {
        door.serve(lane, async (request) => {
          heard.push(textOf(request));
          return request;
        });
      }
      await under.pass(0);
      const texts = Array.from({ length: 40 }, (_, at) => `request ${at}`);
      expect(await Promise.all(texts.map((text) => ask(text)))).toEqual(texts);
      expect(heard.sort()).toEqual([...texts].sort());
    });

    it('gives each asker its own reply, whatever order they come in', async () => {
      const answers: (() => void)[] = [];
      owner.serve(lane, (request) => {
        return new Promise((resolve) => answers.push(() => resolve(request)));
      });
      await under.pass(0);
      const asked = ['a', 'b', 'c'].map((text) => ask(text));
      await under.pass(50);
      for (const answer of answers.reverse()) answer();
      expect(await Promise.all(asked)).toEqual(['a', 'b', 'c']);
    });

    it('fails when no reply comes in time, and a late one goes nowhere', async () => {
      let answerLate = () => {};
      const stop = owner.serve(
        lane,
        (request) =>
          new Promise((resolve) => {
            answerLate = () => resolve(request);
          }),
      );
      await under.pass(0);
      const failure = ask('slow').catch((thrown: unknown) => thrown);
      await under.pass(timeoutMs + 50);
      expect(await failure).toBeInstanceOf(UnansweredRequest);
      stop();
      answerLate();
      await serve(owner, 'again');
      expect(await ask('next')).toBe('again: next');
    });

    it('answers no more at once than it may, and says so', async () => {
      const answers: (() => void)[] = [];
      owner.serve(lane, (request) => {
        return new Promise((resolve) => answers.push(() => resolve(request)));
      });
      await under.pass(0);
      const asked = Array.from({ length: under.servedMax }, (_, at) => ask(`${at}`));
      await under.pass(50);
      expect(answers).toHaveLength(under.servedMax);
      await expect(ask('one too many')).rejects.toThrow(UnansweredRequest);
      expect(answers).toHaveLength(under.servedMax);
      for (const answer of answers.splice(0)) answer();
      await Promise.all(asked);
      const next = ask('now');
      await under.pass(50);
      for (const answer of answers) answer();
      expect(await next).toBe('now');
    });

    it('refuses a request that is too long before anybody hears it', async () => {
      const heard: number[] = [];
      owner.serve(lane, async (request) => {
        heard.push(request.length);
        return bytes('heard');
      });
      await under.pass(0);
      const tooLong = new Uint8Array(under.bytesMax + 1);
      await expect(asker.ask(lane, tooLong, timeoutMs)).rejects.toThrow(/longer than/);
      await under.pass(50);
      expect(heard).toEqual([]);
    });

    it('fails when the reply is too long to be carried', async () => {
      owner.serve(lane, async () => new Uint8Array(under.bytesMax + 1));
      await under.pass(0);
      await expect(ask('much')).rejects.toThrow(UnansweredRequest);
    });
  });
}
