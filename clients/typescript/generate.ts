import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { typesOf } from './openapiTypes.js'

/* Writes src/api.ts anew from the committed OpenAPI document: `npx tsx clients/typescript/generate.ts`. */

const document = new URL('../../docs/openapi.json', import.meta.url)
const target = new URL('src/api.ts', import.meta.url)
writeFileSync(fileURLToPath(target), typesOf(JSON.parse(readFileSync(document, 'utf8'))))
