import { pressedTwice } from './pressed-twice.ts';

/**
 * The operations of the example tabs about orders. tabs.spec.ts validates them against the composed
 * schema.
 */

export const placeOrder = `# Turns the reservation into an order; its id is
# then put into LiveOrder and CancelOrder.
# A storefront's order awaits payment, that is
# recordPayment by an agent, partner or operator,
# and is cancelled when none comes in time.
${pressedTwice}
mutation PlaceOrder($input: PlaceOrderInput!) {
  placeOrder(input: $input) {
    __typename
    ... on OrderPlaced {
      order {
        id
        number
        status
        placedAt
        lines {
          id
          sku
          quantity
          allocated
          status
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
    ... on Problem {
      code
      message
      retryable
      path
    }
  }
}
`;

export const liveOrder = `# Live order: where it stands, then every fact in
# order. Play, then cancel it in another window.
subscription LiveOrder($orderId: ID!, $after: String) {
  orderChanged(orderId: $orderId, after: $after) {
    __typename
    ... on OrderSnapshot {
      cursor
      order {
        ...OrderState
      }
    }
    ... on OrderChange {
      cursor
      event {
        type
        at
        actor
        summary
      }
      order {
        ...OrderState
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

fragment OrderState on Order {
  number
  status
  version
}
`;

export const cancelOrder = `# Cancels the whole order; its units may be
# promised again at once.
${pressedTwice}
mutation CancelOrder($input: CancelOrderInput!) {
  cancelOrder(input: $input) {
    __typename
    ... on OrderCancelled {
      order {
        number
        status
        lines {
          sku
          quantity
          cancelled
          status
        }
        history {
          nodes {
            type
            at
            summary
          }
        }
      }
    }
    ... on Problem {
      code
      message
      retryable
      path
    }
  }
}
`;
