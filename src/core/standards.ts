export const standards = ['erc721', 'erc1155', 'tep62'] as const
/** Token standard of an asset. */
export type Standard = (typeof standards)[number]

/**
 * What a collection's contract itself says to the standard that its events have: nobody has asked it yet, it names the standard,
 * or it does not.
 */
export const standardConfidences = ['unconfirmed', 'confirmed', 'contradicted'] as const
