import { pressedTwice } from './pressed-twice.ts';

/**
 * The operations of the example tabs about stock. tabs.spec.ts validates them against the composed
 * schema.
 */

const operatorsOnly = `# For operators: open "Headers" below and put
# the operator key in. It is in the data folder:
# data/keys.json (or $HOLDFAST_DATA/keys.json),
# field "operator". Without it: FORBIDDEN.`;

export const liveAvailability = `# Live stock. Press play (Ctrl-Enter): a snapshot
# first, then each change in absolute values, and
# a heartbeat every 15 seconds, newest on top.
# To see a change, hold a unit on the first page
# in another window. To resume without a gap,
# give the last cursor as "after".
subscription LiveAvailability($skus: [ID!]!, $after: String) {
  availabilityChanged(skus: $skus, after: $after) {
    __typename
    ... on AvailabilitySnapshot {
      complete
      cursor
      availabilities {
        ...Badge
      }
    }
    ... on AvailabilityChange {
      cursor
      availability {
        ...Badge
      }
    }
    ... on Heartbeat {
      asOf
      cursor
    }
    ... on Reset {
      reason
    }
  }
}

fragment Badge on Availability {
  sku
  status
  availableToPromise
  version
  asOf
}
`;

export const availability = `# What may be promised now, in the order asked.
# An unknown SKU is null.
query Availability($skus: [ID!]!) {
  availability(skus: $skus) {
    sku
    status
    availableToPromise
    asOf
    version
    item {
      name
    }
    byLocation {
      location {
        code
        name
      }
      status
      # Null for a storefront; other roles see it.
      availableToPromise
    }
  }
}
`;

export const reserveStock = `# Holds units for a buyer: all lines or none.
# The hold ends by itself at expiresAt. Its id is
# then put into the PlaceOrder tab.
${pressedTwice}
mutation ReserveStock($input: ReserveStockInput!) {
  reserveStock(input: $input) {
    __typename
    ... on StockReserved {
      reservation {
        id
        status
        expiresAt
        lines {
          sku
          quantity
          location {
            code
          }
        }
      }
    }
    ... on InsufficientStock {
      shortfalls {
        sku
        requested
        available
      }
    }
    # Every refusal is a Problem, also a later one.
    ... on Problem {
      code
      message
      retryable
      path
    }
  }
}
`;

const stockChangePayload = `__typename
    ... on StockChanged {
      position {
        sku
        location {
          code
        }
        onHand
        reserved
        allocated
        availableToPromise
        version
      }
    }
    ... on Problem {
      code
      message
      retryable
      path
    }`;

export const receiveStock = `# Goods have come in.
${operatorsOnly}
mutation ReceiveStock($input: ReceiveStockInput!) {
  receiveStock(input: $input) {
    ${stockChangePayload}
  }
}
`;

export const countStock = `# Somebody has counted: on hand becomes the
# quantity, commitments stay.
${operatorsOnly}
mutation CountStock($input: CountStockInput!) {
  countStock(input: $input) {
    ${stockChangePayload}
  }
}
`;
