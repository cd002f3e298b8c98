import { createConfig, lintFromString } from '@redocly/openapi-core'
import { expect, test } from 'vitest'
import { useApi } from './apiFixture.js'

/*
 * The OpenAPI document under the rules of Redocly's linter, and every example in it under the schema that it stands beside. Each kind of
 * rule is shown to bite by a planted violation.
 */

const api = useApi()

const rules = {
  'info-license': 'off',
  'no-invalid-media-type-examples': 'error',
  'no-invalid-schema-examples': 'error',
  'no-unused-components': 'error',
  'operation-tag-defined': 'error',
  'operation-4xx-response': 'error',
  'tag-description': 'error',
  'rule/every-body-has-an-example': {
    subject: { type: 'MediaType' },
    assertions: { requireAny: ['example', 'examples'] },
  },
} as const

interface Finding {
  readonly rule: string
  readonly severity: string
  readonly message: string
  readonly at: string | undefined
}

async function lint(document: object): Promise<Finding[]> {
  const config = await createConfig({ extends: ['recommended'], rules: { ...rules } })
  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: 'openapi.json', config })
  return problems.map(({ ruleId, severity, message, location }) => ({
    ...{ rule: ruleId, severity, message, at: location[0]?.pointer },
  }))
}

const served = async () => (await api.get('/openapi.json')).body

test('the document breaks no rule', async () => {
  expect(await lint(await served())).toEqual([])
})

test.each([
  [
    'an example that its schema refuses',
    'no-invalid-media-type-examples',
    (json: string) => json.replace('"status":404', '"status":"404"'),
  ],
  [
    'a reference to nothing',
    'no-unresolved-refs',
    (json: string) => json.replace('#/components/schemas/AssetCard', '#/components/schemas/Asset'),
  ],
  [
    'the same name for two operations',
    'operation-operationId-unique',
    (json: string) => json.replace('"getToken"', '"getAsset"'),
  ],
  [
    'a tag that nobody explains',
    'operation-tag-defined',
    (json: string) => json.replace('"tags":["listings"]', '"tags":["offers"]'),
  ],
  [
    'a parameter of the path that is not declared',
    'path-parameters-defined',
    (json: string) => json.replace('/assets/{id}"', '/assets/{asset}"'),
  ],
  [
    'a body without an example',
    'rule/every-body-has-an-example',
    (json: string) => json.replace('"example":{"status":"ok"}', '"x":1'),
  ],
] as const)('planted: %s is found', async (_what, rule, plant) => {
  const json = JSON.stringify(await served())
  const planted = plant(json)
  expect(planted).not.toBe(json)
  expect((await lint(JSON.parse(planted))).map((finding) => finding.rule)).toContain(rule)
})
