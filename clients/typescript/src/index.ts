export type * from './api.js'
export { type ChangeEvent, type ChangeFilter, type ChangesOptions, followChanges } from './changes.js'
export { type Client, type ClientOptions, createClient, type PagedOperation } from './client.js'
export { FtApiError } from './error.js'
