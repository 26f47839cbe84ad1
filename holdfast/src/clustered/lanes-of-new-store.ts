/** Of each context, for a clustered store that is new (DESIGN 2). */
export const lanesOfNewStore = 16;
