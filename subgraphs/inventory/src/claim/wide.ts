/**
 * A claim over several lanes as its home lane knows it: the one place where it is kept or refused.
 * Beside it every lane that it touches has its part, in that lane's stream of the claim.
 */
import { assert, unreachable } from '@holdfast/chassis/decider';
import type { StreamKind } from '@holdfast/chassis/stream-kind';
import { type Allocation, evolveClaim, noClaim, type Reservation } from './claim.ts';
import type { ClaimEvent, ClaimOpened, ClaimRefused, WideEvent } from './events.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

type Opened = Omit<ClaimOpened, 'type'> & {
  /** Grows with every fact. */
  readonly version: number;
  /** Lanes beside those of its SKUs, where earlier holds are pledged to it. */
  readonly further: readonly number[];
};

export type OpenClaimState = Opened & { readonly status: 'open' };

export type RefusedClaim = Opened & {
  readonly status: 'refused';
  readonly why: ClaimRefused['why'] | { readonly type: 'Told' };
  readonly settled: boolean;
};

export type KeptClaim = Opened & {
  readonly status: 'kept';
  /** All its lines, over all lanes. */
  readonly whole: Reservation | Allocation;
  /** As first answered; an allocation has none. */
  readonly firstExpiresAt: Instant;
  /** How its hold ended, for its lanes to follow. */
  readonly ending: HoldEnding | undefined;
  readonly settled: boolean;
};

export type HoldEnding = Extract<
  ClaimEvent,
  { type: 'ReservationReleased' | 'ReservationExpired' | 'ReservationConverted' }
>;

export type Wide =
  | { readonly status: 'none'; readonly version: 0 }
  | OpenClaimState
  | RefusedClaim
  | KeptClaim;

export const noWide = (): Wide => ({ status: 'none', version: 0 });

/** Every lane that has to hear of the outcome. */
export const lanesOfWide = ({ lanes, further }: Opened): readonly number[] => [
  ...new Set([...lanes, ...further]),
];

export function evolveWide(wide: Wide, event: WideEvent): Wide {
  const version = wide.version + 1;
  switch (event.type) {
    case 'ClaimOpened': {
      const { type: _, ...opened } = event;
      return { ...opened, status: 'open', further: [], version };
    }
    case 'ClaimWidened': {
      const { further, ...open } = opened(wide);
      return { ...open, further: [...further, ...event.lanes], version } as Wide;
    }
    case 'ClaimRefused':
      return { ...opened(wide), status: 'refused', why: event.why, settled: false, version };
    case 'AllocationRefused': {
      const why = { type: 'Told' } as const;
      return { ...opened(wide), status: 'refused', why, settled: false, version };
    }
    case 'ClaimSettled':
      return { ...opened(wide), settled: true, version } as Wide;
    default:
      return evolveKept(wide, event, version);
  }
}

function evolveKept(wide: Wide, event: ClaimEvent, version: number): Wide {
  const known = opened(wide);
  if (event.type === 'ReservationMade' || event.type === 'AllocationMade') {
    const claim = evolveClaim(noClaim(), event) as Reservation | Allocation;
    const firstExpiresAt = event.type === 'ReservationMade' ? event.expiresAt : 0;
    const kept = { whole: { ...claim, lanes: known.lanes }, firstExpiresAt, ending: undefined };
    return { ...known, ...kept, status: 'kept', settled: false, version };
  }
  assert(known.status === 'kept', 'only a claim that was kept goes on');
  const whole = evolveClaim(known.whole, event) as Reservation | Allocation;
  if (isEnding(event)) return { ...known, whole, ending: event, settled: false, version };
  return { ...known, whole, version };
}

const isEnding = (event: ClaimEvent): event is HoldEnding =>
  event.type === 'ReservationReleased' ||
  event.type === 'ReservationExpired' ||
  event.type === 'ReservationConverted';

function opened(wide: Wide): Exclude<Wide, { status: 'none' }> {
  assert(wide.status !== 'none', 'a claim over several lanes begins by being opened');
  return wide;
}

export const wideKind: StreamKind<Wide, WideEvent> = {
  prefix: 'wide',
  initial: noWide,
  evolve: evolveWide,
  encode: (wide) => JSON.stringify(wide),
  decode: (text) => JSON.parse(text) as Wide,
  due(wide) {
    switch (wide.status) {
      case 'none':
      case 'refused':
        return undefined;
      case 'open':
        return wide.deadline;
      case 'kept':
        return wide.whole.type === 'reservation' && wide.whole.status === 'active'
          ? wide.whole.expiresAt
          : undefined;
      default:
        return unreachable(wide);
    }
  },
};
