/** Names under which stages record what they have applied. A name, once used, is never given to another stage. */
export const CONSUMERS = { ownership: 'ownership' } as const
