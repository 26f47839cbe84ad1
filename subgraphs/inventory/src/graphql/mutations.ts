/** Parse, handle, answer: each mutation is one command to the ledger. */

import type { CommandRecord, Outcome } from '@holdfast/chassis/commit';
import { answeredInTime } from '@holdfast/chassis/lane/answered-in-time';
import type { ClaimId, LocationCode, Sku } from '@holdfast/schema/identifiers';
import {
  digitsOf,
  homePlace,
  laneOfPlace,
  placeOfId,
  reservationId,
} from '@holdfast/schema/identifiers';
import { traceOf } from '@holdfast/schema/tracing';
import type { CatalogAnswer } from '../catalog/decide.ts';
import type { WantedSku } from '../claim/place-units.ts';
import type { ReservationAnswer } from '../claim/reserve.ts';
import type { InventoryCommand } from '../decide.ts';
import { inventoryContext } from '../ledger.ts';
import { type InventoryLooks, type ShownHold, streamsToShow } from '../looks.ts';
import type { StockCommand } from '../stock/decide.ts';
import { canonical } from './canonical.ts';
import { type InventoryContext, mustWriteStock } from './context.ts';
import * as inputs from './parse-input.ts';
import {
  type AskedLines,
  notFound,
  problem,
  problemOf,
  problemOfFailure,
  rejectionOf,
} from './problems.ts';

type Arguments = { readonly input: { readonly idempotencyKey: string } & Record<string, unknown> };
type Payload = { readonly __typename: string };

/**
 * Who asked for what, with a keyed hash of the input: the same key with other content is another
 * request.
 */
function recordOf(type: string, { input }: Arguments, context: InventoryContext): CommandRecord {
  const { caller, request } = context;
  const { idempotencyKey, ...content } = input;
  return {
    ...{ type, by: caller.id, actor: caller.role, key: idempotencyKey, trace: traceOf(request) },
    input: context.fingerprint(canonical(content)),
  };
}

/** One mutation from its command to its payload. */
async function ask<Name extends keyof InventoryLooks>(
  context: InventoryContext,
  args: Arguments,
  command: InventoryCommand,
  [look, subject]: readonly [Name, Parameters<InventoryLooks[Name]>[3]],
  answer: (
    shown: ReturnType<InventoryLooks[Name]> | undefined,
    accepted: Outcome & { readonly accepted: unknown },
  ) => Promise<Payload> | Payload,
  lines: AskedLines = [],
): Promise<Payload> {
  const record = recordOf(command.type, args, context);
  const handled = await context.handle(command, record, look, subject);
  const { outcome, version, lane, shown } = handled;
  const rejection = rejectionOf(outcome);
  if (rejection) return problemOf(rejection, { lines, cap: context.cap });
  context.request.cursors.push(`${inventoryContext}:${lane}:${version}`);
  return answer(shown, outcome as Outcome & { readonly accepted: unknown });
}

/** A parse failure or a full lane is an answer too; anything else goes on to be masked. */
const answered = async (
  { request, clock }: InventoryContext,
  mutation: () => Promise<Payload>,
): Promise<Payload> => {
  try {
    return await answeredInTime(clock, mutation());
  } catch (failure) {
    return problemOfFailure(failure, request);
  }
};

/** Lines of one SKU summed, those with a wished location by location. */
export function wantedFrom(
  lines: readonly { sku: Sku; quantity: number; locationCode: LocationCode | undefined }[],
): WantedSku[] {
  const bySku = new Map<Sku, { anywhere: number; at: Map<LocationCode, number> }>();
  for (const { sku, quantity, locationCode } of lines) {
    const wanted = bySku.get(sku) ?? { anywhere: 0, at: new Map() };
    bySku.set(sku, wanted);
    if (locationCode === undefined) wanted.anywhere += quantity;
    else wanted.at.set(locationCode, (wanted.at.get(locationCode) ?? 0) + quantity);
  }
  return [...bySku].map(([sku, wanted]) => ({ sku, ...wanted }));
}

const answerReservation =
  (context: InventoryContext, __typename: string) =>
  async (shown: ShownHold | undefined, outcome: Outcome): Promise<Payload> => {
    const { accepted } = outcome as { accepted: ReservationAnswer };
    return { __typename, reservation: shown ?? (await readHold(context, accepted)) } as Payload;
  };

/** After a retry, whose claim may not be in its lane's memory. */
async function readHold({ ledger, now }: InventoryContext, decided: ReservationAnswer) {
  const { claim } = decided;
  const lane = laneOfPlace(placeOfId(claim), ledger.count);
  const streams = streamsToShow(claim, ledger.count);
  return (await ledger.read(lane, streams, 'hold', { claim, now: now(), decided })).shown;
}

const changeStock = (context: InventoryContext, args: Arguments, command: StockCommand) => {
  const { sku, location } = command;
  return ask(
    context,
    args,
    command,
    ['position', { sku, location }],
    (position) => ({ __typename: 'StockChanged', position }) as Payload,
    [{ sku, locationCode: location }],
  );
};

const save = (context: InventoryContext, args: Arguments, command: InventoryCommand) =>
  ask(context, args, command, ['nothing', undefined], (_, { accepted }) => ({
    ...{ __typename: 'MasterDataSaved', ...(accepted as CatalogAnswer) },
  }));

type Mutation = (parent: unknown, args: Arguments, context: InventoryContext) => Promise<Payload>;

const reserveStock: Mutation = (_, args, context) =>
  answered(context, async () => {
    const input = inputs.parse(inputs.reserveStockInput, args.input);
    const wanted = wantedFrom(input.lines);
    const claim = reservationId(context.newId(), homePlace(wanted.map(({ sku }) => sku)));
    const { channel, ttlSeconds } = input;
    const buyer = input.buyer === undefined ? undefined : context.hashBuyer(input.buyer);
    return ask(
      context,
      args,
      { type: 'ReserveStock', claim, channel, wanted, buyer, ttlSeconds },
      ['decidedHold', undefined],
      answerReservation(context, 'StockReserved'),
      input.lines,
    );
  });

const onReservation = (
  context: InventoryContext,
  args: Arguments,
  claim: ClaimId | undefined,
  commandOf: (claim: ClaimId) => InventoryCommand,
  __typename: string,
): Promise<Payload> | Payload => {
  if (claim === undefined) return notFound(['reservationId'], 'there is no such reservation');
  const answer = answerReservation(context, __typename);
  return ask(context, args, commandOf(claim), ['decidedHold', undefined], answer);
};

const extendReservation: Mutation = (_, args, context) =>
  answered(context, async () => {
    const { reservationId, ttlSeconds } = inputs.parse(inputs.extendReservationInput, args.input);
    const command = (claim: ClaimId) => ({ type: 'ExtendReservation', claim, ttlSeconds }) as const;
    return onReservation(context, args, reservationId, command, 'StockReserved');
  });

const releaseReservation: Mutation = (_, args, context) =>
  answered(context, async () => {
    const { reservationId } = inputs.parse(inputs.releaseReservationInput, args.input);
    const command = (claim: ClaimId) => ({ type: 'ReleaseReservation', claim }) as const;
    return onReservation(context, args, reservationId, command, 'ReservationReleased');
  });

/** Commands that only those may give who keep stock. */
const byStockKeeper =
  (mutation: (args: Arguments, context: InventoryContext) => Promise<Payload>): Mutation =>
  (_, args, context) => {
    mustWriteStock(context);
    return answered(context, () => mutation(args, context));
  };

export const mutations = {
  reserveStock,
  extendReservation,
  releaseReservation,

  receiveStock: byStockKeeper(async (args, context) => {
    const input = inputs.parse(inputs.receiveStockInput, args.input);
    const { sku, locationCode: location, quantity: units, condition, reference } = input;
    const command = { type: 'ReceiveStock', supply: input.supplyId } as const;
    return changeStock(context, args, { ...command, sku, location, units, condition, reference });
  }),

  adjustStock: byStockKeeper(async (args, context) => {
    const input = inputs.parse(inputs.adjustStockInput, args.input);
    const { sku, locationCode: location, delta: deltaUnits, condition, reason } = input;
    const command = { type: 'AdjustStock', sku, location, deltaUnits, condition, reason } as const;
    return changeStock(context, args, command);
  }),

  countStock: byStockKeeper(async (args, context) => {
    const input = inputs.parse(inputs.countStockInput, args.input);
    const { sku, locationCode: location, quantity: units, condition, reason } = input;
    const { compareQuantity: compareUnits, includesUpTo } = input;
    const command = { type: 'CountStock', sku, location, units, condition, reason } as const;
    return changeStock(context, args, { ...command, compareUnits, includesUpTo });
  }),

  moveStock: byStockKeeper(async (args, context) => {
    const input = inputs.parse(inputs.moveStockInput, args.input);
    const { sku, locationCode: location, quantity: units, from, to, reason } = input;
    const command = { type: 'MoveStock', sku, location, units, from, to, reason } as const;
    return changeStock(context, args, command);
  }),

  putProductClass: byStockKeeper(async (args, context) => {
    const { code, rules } = inputs.parse(inputs.putProductClassInput, args.input);
    return save(context, args, { type: 'PutProductClass', code, rules });
  }),

  putItem: byStockKeeper(async (args, context) => {
    const input = inputs.parse(inputs.putItemInput, args.input);
    const { sku, name, productClass, components } = input;
    if (components !== undefined && components.length > 0) {
      const reason = 'kits do not exist yet; put its components on the order as lines';
      return problem('NotAllowed', reason, ['components'], { reason });
    }
    return save(context, args, { type: 'PutItem', sku, name, productClass });
  }),

  putLocation: byStockKeeper(async (args, context) => {
    const { code, name, timeZone } = inputs.parse(inputs.putLocationInput, args.input);
    const newId = `loc_${digitsOf(context.newId())}`;
    return save(context, args, { type: 'PutLocation', newId, code, name, timeZone });
  }),

  putChannel: byStockKeeper(async (args, context) => {
    const input = inputs.parse(inputs.putChannelInput, args.input);
    const { code, name, locationCodes: locations } = input;
    return save(context, args, { type: 'PutChannel', code, name, locations });
  }),
};
