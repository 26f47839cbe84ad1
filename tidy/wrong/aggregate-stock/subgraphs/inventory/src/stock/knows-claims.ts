export { claimKind } from '../claim/claim.ts';
