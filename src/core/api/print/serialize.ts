import { type Json, goJson, isJson } from '../kinds/json.ts'
import { kindInfo, findKind } from '../kinds/registry.ts'
import type { ApiObject } from '../kinds/types.ts'
import { toYaml } from './yaml.ts'

/** Several objects as one `List`, as `kubectl get -o yaml|json` prints them. */
export const listOf = (items: readonly ApiObject[]): Json => ({
  apiVersion: 'v1',
  items,
  kind: 'List',
  metadata: { resourceVersion: '' },
})

/** `-o yaml`: keys sorted, as sigs.k8s.io/yaml writes. One object by itself, several as a List. */
export const printYaml = (objects: readonly ApiObject[], single = objects.length === 1): string =>
  toYaml(single && objects[0] ? objects[0] : listOf(objects))

/** `-o json`: keys sorted, four spaces. */
export const printJson = (objects: readonly ApiObject[], single = objects.length === 1): string =>
  `${indentedJson(single && objects[0] ? objects[0] : listOf(objects), '')}\n`

function indentedJson(value: unknown, indent: string): string {
  const inner = `${indent}    `
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return `[\n${value.map((item) => inner + indentedJson(item, inner)).join(',\n')}\n${indent}]`
  }
  if (!isJson(value)) return plainJson(value)
  const keys = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
  if (keys.length === 0) return '{}'
  return `{\n${keys.map((key) => `${inner}${plainJson(key)}: ${indentedJson(value[key], inner)}`).join(',\n')}\n${indent}}`
}

/** kubectl's JSON printer leaves `<`, `>` and `&` as they are. */
const plainJson = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : goJson(value))

/** `pod/web`, `deployment.apps/web`: what `-o name` prints and what kubectl calls an object in its messages. */
export function resourceName(object: ApiObject): string {
  const info = findKind(object.apiVersion, object.kind)
  const singular = info?.singular ?? object.kind.toLowerCase()
  const group = info?.group ?? ''
  return `${group ? `${singular}.${group}` : singular}/${object.metadata.name}`
}

export const printNames = (objects: readonly ApiObject[]): string =>
  objects.map((object) => `${resourceName(object)}\n`).join('')

/** The prefix of names in a table of several kinds: `deployment.apps/`. */
export function tablePrefix(kind: string): string {
  const { singular, group } = kindInfo(kind)
  return `${group ? `${singular}.${group}` : singular}/`
}
