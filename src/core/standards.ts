export const standards = ['erc721', 'erc1155', 'tep62'] as const
/** Token standard of an asset. */
export type Standard = (typeof standards)[number]
